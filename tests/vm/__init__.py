"""Tests with other kernels than the machine's own: VMs in QEMU, made of Debian's packages, with no image to build."""
