"""How long the main job takes, step by step, and how much memory it needs at most.

Run by hand on a quiet machine:
``.venv/bin/python benchmarks/main_job.py configs/argentina_eph.yaml``.
Seconds differ from machine to machine; the shares of one run are what to compare.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main(configuration: Path) -> None:
    """Run the job once in an empty folder and print its figures as a Markdown table."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [sys.executable, "-m", "fanpin_risk", "run", str(configuration), "--root", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall_seconds = time.perf_counter() - began
        (manifest_file,) = Path(folder).glob("outputs/*/manifest.json")
        steps = json.loads(manifest_file.read_text(encoding="utf-8"))["timings_seconds"]
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"whole process {wall_seconds:.0f} s, peak memory {peak_mib:.0f} MiB\n")
    print("| step | seconds | share of the run |\n| --- | ---: | ---: |")
    for step, seconds in steps.items():
        print(f"| {step} | {seconds:.1f} | {seconds / wall_seconds:.0%} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
