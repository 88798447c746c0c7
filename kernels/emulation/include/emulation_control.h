/* What tests ask of the CUDA emulation beside the CUDA runtime; exported by its libcudart. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The nth call of `name` from now (1: the next) answers `error`. "kernel", "copy", "memset", "host function" and
 * "matmul" name work on a stream, which fails when it runs. */
void memo_emulation_inject(const char *name, int64_t nth, int error);

/* How often `name` has been called since the process began. */
int64_t memo_emulation_calls(const char *name);

/* Writes why work on a stream failed, cut to the capacity with its final zero; answers the length of the whole. */
int64_t memo_emulation_failure(char *text, int64_t capacity);

/* Forgets the sticky error, which a process with a real GPU cannot, this thread's last error and all injections. */
void memo_emulation_forget_failures(void);

/* Orders of blocks, warps, lanes and the nodes of graphs from now on; 0: the natural ones. */
void memo_emulation_set_seed(uint64_t seed);

/* The bytes of device memory that cudaMalloc gives out altogether. */
void memo_emulation_set_memory(uint64_t bytes);

/* Puts work onto a stream for another library of the emulation; run answers a cudaError, and may run many times if the
 * stream is captured. release is called once, when it will run no more. */
int memo_emulation_enqueue(void *stream, const char *name, int (*run)(void *work), void (*release)(void *work),
                           void *work);

/* For work that was put onto a stream so: says why it fails. */
void memo_emulation_fail_work(int error, const char *why);

/* For another library's functions: counts the call, and answers the code injected into it or 0. */
int memo_emulation_injected(const char *name);

/* Whether [address, address + bytes) lies in one live allocation that device work may use. */
int memo_emulation_is_device_accessible(const void *address, uint64_t bytes);

#ifdef __cplusplus
}
#endif
