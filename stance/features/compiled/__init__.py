"""The compiled loops: UTF-8 bytes in, scores and counts out, and no Python object for a text.

How a text becomes scores:

1. `text` folds the bytes once, so that a text is its tokens in lower case with spaces around
   them, and hashes each token.
2. `ngrams` makes the 64-bit hashes of all n-grams and lets a small bitmap drop most that the
   vocabulary does not hold; `table` asks for the memory of all the others at once, and only then
   reads it.
3. `scores` turns counts into TF-IDF values and adds their weights up; `lexicon` counts the
   entries of word lists in the tokens of the same pass.
4. `tally` counts n-grams that are not known yet, which is how a vocabulary is found.
5. `targets` reads texts in which a target is marked, from letters to scores, by itself:
   `target_marking` cuts them into words, the readers in `target_context`, `target_mention`,
   `target_role` and `target_lists` note terms, which `target_hashes` looks up and counts.
   `target_layout` and `target_places` say how words lie in memory and around the target.

What binds is waiting for memory, so the table's slots and the weight rows are fetched ahead and
everything else is laid out to stay in the processor's own caches.

Sums are in float64 and in the order in which terms first occur in the text: no result depends on
the batch, the number of threads, or what was scored before.
"""
