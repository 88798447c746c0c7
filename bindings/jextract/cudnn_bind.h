/* What jextract reads of cuDNN: its backend API, which is all in the graph library's header. */
#include <cudnn_graph.h>
