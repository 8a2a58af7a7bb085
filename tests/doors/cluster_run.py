"""Code a corpus on a cluster of two processes, and kill one of them half way; see test_corpus."""

import os
import signal
import sys
from pathlib import Path

from stance.corpus import CorpusSettings, code_corpus


class KillOne:
    """Kills a worker when the first part has come back."""

    def __init__(self, pids):
        self.pids = pids

    def start(self, total):
        """Nothing to do yet."""

    def advance(self, counts):
        """Kill one worker, once."""
        if counts.articles and self.pids:
            os.kill(self.pids[0], signal.SIGKILL)
            self.pids = []


def run(news, model, output):
    """Start the cluster and code the corpus on it."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(Path(output).parent),
        ) as cluster,
        Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        code_corpus(
            [news],
            output,
            model=model,
            settings=CorpusSettings(shard_articles=5),
            scheduler=cluster.scheduler_address,
            progress=KillOne(pids),
        )


if __name__ == "__main__":
    run(*sys.argv[1:])
