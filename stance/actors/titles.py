"""Words beside names that are no part of them: titles and roles, days and months."""

from __future__ import annotations

# In lower case, without a full stop: what may stand before a person's name.
_TITLES = """
mr mrs ms miss mx dr prof professor sir dame lord lady sheikh shaykh sheik imam ayatollah
mullah mufti rabbi pope cardinal archbishop bishop father reverend rev sister brother saint
king queen prince princess emir emirate sultan sultana shah crown president presidents vice
deputy acting interim former ex late premier prime minister ministers chancellor secretary
undersecretary state defense defence foreign interior finance justice energy health home oil
attorney general gen lieutenant lt colonel col major maj captain capt sergeant sgt corporal
private admiral adm marshal field brigadier brig commander chief commissioner ambassador envoy
special representative rep senator sen congressman congresswoman governor gov mayor judge
justice speaker leader chairman chairwoman chair director head spokesman spokeswoman
spokesperson official analyst journalist reporter lawyer activist author editor coach
warlord militant rebel candidate nominee democrat republican mp msp mep opposition
"""
TITLES = frozenset(_TITLES.split())

_DAYS_AND_MONTHS = """
Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
July August September October November December Mon Tue Tues Wed Thu Thurs Fri Sat Sun Jan Feb
Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Ramadan Eid Christmas Easter
"""
DAYS_AND_MONTHS = frozenset(_DAYS_AND_MONTHS.split())
