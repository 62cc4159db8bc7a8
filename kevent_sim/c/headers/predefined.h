/* What the compiler defines for a 64-bit driver, checked build, before the first line is read; and the names of the
   records that others point to, so that each means one record, whichever of them a driver uses. */
#define _WIN32 1
#define _WIN64 1
#define _AMD64_ 1
#define AMD64 1
#define _M_AMD64 100
#define _M_X64 100
#define _MSC_VER 1940
#define _MSC_FULL_VER 194033811
#define _MSC_EXTENSIONS 1
#define _KERNEL_MODE 1
#define __STDC__ 1
#define __STDC_HOSTED__ 0
#define STD_CALL 1
#define _INTEGRAL_MAX_BITS 64
#define DBG 1
#define WINNT 1
#define _WIN32_WINNT 0x0A00
#define WINVER 0x0A00
#define NTDDI_VERSION 0x0A00000C
#define DEPRECATE_DDK_FUNCTIONS 1

struct _ACCESS_STATE;
struct _CALLBACK_OBJECT;
struct _CONTEXT;
struct _DEVICE_OBJECT;
struct _DEVOBJ_EXTENSION;
struct _DRIVER_OBJECT;
struct _EPROCESS;
struct _EXCEPTION_POINTERS;
struct _EXCEPTION_RECORD;
struct _EX_TIMER;
struct _FAST_IO_DISPATCH;
struct _FILE_OBJECT;
struct _IO_CSQ;
struct _IO_STACK_LOCATION;
struct _IO_TIMER;
struct _IO_WORKITEM;
struct _IRP;
struct _KDPC;
struct _KINTERRUPT;
struct _KPROCESS;
struct _KQUEUE;
struct _KSPIN_LOCK_QUEUE;
struct _KTHREAD;
struct _LIST_ENTRY;
struct _MDL;
struct _OBJECT_TYPE;
struct _SECTION_OBJECT_POINTERS;
struct _SINGLE_LIST_ENTRY;
struct _SLIST_ENTRY;
struct _VPB;
