/* What jextract reads of oneDNN: its C API. */
#include <oneapi/dnnl/dnnl.h>
