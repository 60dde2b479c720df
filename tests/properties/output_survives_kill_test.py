"""SIGKILL at random moments, thirty times over runs that are resumed until they are complete: every
acknowledged row is there to the last bit, every published file opens without any tool, and the
completed file is the one of a run that was never killed."""
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import example_run

STEPS, EVERY, KILLS = 400, 5, 30
FULL = [STEPS, STEPS // 4, STEPS // 10]

with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    whole = root / "whole"
    whole.mkdir()
    began = time.time()
    output, _ = example_run.start(whole, STEPS, EVERY).communicate()
    duration = time.time() - began
    assert example_run.acknowledged(output) == FULL, output

    choose = random.Random(7)
    kills = progress = runs = 0
    while kills < KILLS:
        folder = root / f"run{runs}"
        folder.mkdir()
        runs += 1
        best = [0, 0, 0]
        while True:
            process = example_run.start(folder, STEPS, EVERY, choose.choice(["mixed", "parts", "refresh"]))
            # Usually in the middle, so that a run needs several processes; never all of its life.
            time.sleep(choose.uniform(0.02, 0.5) * duration)
            process.kill()
            output, _ = process.communicate()
            acked = example_run.acknowledged(output)
            # A resumed process acknowledges anew from its checkpoint on; what an earlier one
            # acknowledged must not disappear meanwhile.
            best = [max(a, b) for a, b in zip(best, acked)]
            example_run.check_directory(folder, best)
            if process.returncode == 0:
                break
            assert process.returncode == -9, output
            kills += 1
            progress += sum(acked) > 0
            if kills % 10 == 0:  # let it complete
                output, _ = example_run.start(folder, STEPS, EVERY).communicate()
                assert example_run.acknowledged(output) == FULL, output
                break
        assert example_run.same(whole / "result.h5", folder / "result.h5"), f"{folder} differs"
    assert progress >= KILLS // 2, f"only {progress} of {kills} kills came after an acknowledgement"
    print(f"{kills} kills, {progress} after an acknowledgement, {runs} runs: no row lost")
