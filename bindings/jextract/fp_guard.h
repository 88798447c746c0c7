/* The C APIs only have pointers to the half types; their headers need a C++ compiler. */
#define __CUDA_FP16_H__
#define __CUDA_BF16_H__
#define __CUDA_FP8_H__
typedef struct {
  unsigned short x;
} __half;
typedef struct {
  unsigned short x;
} __nv_bfloat16;
