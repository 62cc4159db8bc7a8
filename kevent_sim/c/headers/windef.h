/* The types, under the name by which programs include them. */
#include <ntdef.h>
