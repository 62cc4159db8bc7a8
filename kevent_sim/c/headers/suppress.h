/* Switches warnings of the compiler off, of which there are none here. */
#include <sal.h>
