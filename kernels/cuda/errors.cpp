// Errors are told as libmemo_host.so tells them.
#include "../host/errors.cpp"
