#!/usr/bin/env bash
# Makes the files of this folder anew: bash make.sh (needs nvcc of CUDA 13.0 and gcc for x86_64; no GPU).
# Each is a library without the CUDA runtime, stripped, with a kernel or two compiled for the GPUs that its line names.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '__global__ void scale(float *x, float k) { x[threadIdx.x] *= k; }' >a.cu
echo '__global__ void shift(float *x, float k) { x[threadIdx.x] += k; }' >b.cu
echo 'extern __device__ float twice(float); __global__ void use(float *x) { x[0] = twice(x[0]); }' >d.cu
echo '__device__ float twice(float y) { return 2 * y; }' >e.cu

sass() { for sm in "$@"; do printf -- '-gencode=arch=compute_%s,code=sm_%s ' "$sm" "$sm"; done; }
ptx() { for sm in "$@"; do printf -- '-gencode=arch=compute_%s,code=compute_%s ' "$sm" "$sm"; done; }
compile() { nvcc -c -Xcompiler -fPIC "$@"; }
link() { g++ -shared -nostdlib -s -o "$out/$1" "${@:2}"; }

echo 'void nothing(void) {}' >n.c

# shellcheck disable=SC2046
{
    compile $(sass 80 90a 100f 120 121 121a) a.cu -o a.o && link sass.so a.o
    compile $(ptx 80 90a 120f) a.cu -o a.o && link ptx.so a.o
    compile -Xfatbin -compress-all $(sass 87 103a 110 121f) $(ptx 110) a.cu -o a.o && link compressed.so a.o
    compile $(sass 87) a.cu -o a.o && compile $(sass 120) $(ptx 120) b.cu -o b.o && link several-units.so a.o b.o
    compile -rdc=true $(sass 90 120) $(ptx 90) d.cu -o d.o && compile -rdc=true $(sass 90 120) $(ptx 90) e.cu -o e.o
    nvcc -dlink -Xcompiler -fPIC $(sass 90 120) d.o e.o -o linked.o && link device-linked.so d.o e.o linked.o
    for name in libcudart.so.12 libc.so.6; do gcc -shared -nostdlib "-Wl,-soname,$name" n.c -o "stub-$name"; done
    compile $(sass 120) a.cu -o a12.o
    link needs-cuda-12.so a12.o -Wl,--no-as-needed,-rpath,'$ORIGIN/../lib' stub-libcudart.so.12 stub-libc.so.6
    compile -rdc=true $(sass 120) d.cu -o "$out/relocatable.o"
    compile -rdc=true -gencode=arch=compute_90,code=lto_90 d.cu -o "$out/lto.o"
    nvcc -cubin -arch=sm_121 a.cu -o "$out/one.cubin"
    nvcc -fatbin $(sass 90a) $(ptx 90) a.cu -o "$out/bare.fatbin"
    nvcc -ptx -arch=compute_103a a.cu -o "$out/one.ptx"
    gcc -shared -nostdlib -s n.c -o "$out/plain.so"
    ar rc "$out/archive.a" a.o b.o
}
