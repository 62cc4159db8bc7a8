/* The annotations, under the name by which older drivers include them. */
#include <sal.h>
