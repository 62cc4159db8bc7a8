/* Says that DEFINE_GUID, of wdm.h, defines what it names; here it always does. */
#define INITGUID
#include <ntdef.h>
