"""Functions of other programs under their names: change one import, and keep the script.

`fid_gpu.compat.pytorch_fid`, `fid_gpu.compat.cleanfid` and `fid_gpu.compat.torch_fidelity` have their functions' names, arguments
and defaults, find the same files, and give the same numbers under the same weights, within docs/PRECISION.md's bounds. What
fid_gpu does not do is refused, with the way out. None of the programs need be installed.
"""
