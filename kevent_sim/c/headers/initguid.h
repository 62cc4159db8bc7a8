/* GUIDs, and device names with security: what drivers name of them is declared in wdm.h. */
#include <ntdef.h>
