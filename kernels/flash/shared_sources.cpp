// Errors are told, and queues checked, as libmemo_cuda.so does it.
#include "../cuda/device.cpp"
#include "../host/errors.cpp"
