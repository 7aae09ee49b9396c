# %% [markdown]
# # How good are these samples?
# Cells run from top to bottom, in a notebook or with `python bindings/python/examples/generator.py`, in the repository's root.

# %%
import sys
import tempfile
from pathlib import Path

import fid_gpu

NETWORK = {"weights": "seeded", "device": "cpu"}  # random weights, to try it; leave it out for the published ones

# %% [markdown]
# Two folders, with everything that the page of the report shows. In a notebook the last line shows that page.

# %%
report = fid_gpu.evaluate("samples/real", "samples/fake", page=True, **NETWORK)
interval = report.to_dict()["fid_interval"]
print(f"FID {report.fid:.3f}, from {interval['low']:.1f} to {interval['high']:.1f}")
report

# %% [markdown]
# The real images once, for every later comparison.

# %%
folder = tempfile.TemporaryDirectory()
reference = Path(folder.name, "real.npz")
real = fid_gpu.statistics("samples/real", **NETWORK)
real.save(reference)
print(fid_gpu.evaluate(reference, "samples/fake", **NETWORK).fid == report.fid)

# %% [markdown]
# A training loop: batches from memory, compared with the reference after each epoch.

# %%
fid = fid_gpu.FrechetInceptionDistance(preset="pytorch-fid", reset_real_features=False, **NETWORK)
fid.real_statistics = fid_gpu.Statistics.load(reference)
samples = sorted(Path("samples/fake").iterdir())
for epoch in range(2):
    for start in range(0, len(samples), 8):
        fid.update(samples[start : start + 8], real=False)
    print(f"epoch {epoch}: FID {fid.compute():.3f}")
    fid.reset()

# %% [markdown]
# Features of any network: one row for each image.

# %%
extractor = fid_gpu.Extractor(layer=192, **NETWORK)
a, b = extractor(samples[:12]), extractor(samples[12:])
print({name: round(value, 3) for name, value in fid_gpu.prdc(a, b).items()})
folder.cleanup()
print("done", file=sys.stderr)
