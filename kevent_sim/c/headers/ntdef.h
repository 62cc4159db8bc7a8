/* The types that everything else is declared with. */
#include <sal.h>
#include <stdarg.h>
#include <stddef.h>
#define _NTDEF_
#define VOID void
#define CONST const
#define EXTERN_C extern
#define FORCEINLINE static inline
#define CFORCEINLINE static inline
#define NTAPI_INLINE_FUNCTION static inline
#define DECLSPEC_ALIGN(x) __declspec(align(x))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define POINTER_ALIGNMENT DECLSPEC_ALIGN(8)
#define TRUE 1
#define FALSE 0
#define ANYSIZE_ARRAY 1
#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG 0x80000000
#define MAXLONG 0x7fffffff
#define MAXLONGLONG 0x7fffffffffffffffLL
#define MAXUCHAR 0xff
#define MAXUSHORT 0xffff
#define MAXULONG 0xffffffff
#define MAXULONGLONG 0xffffffffffffffffULL
#define NTDDI_WIN7 0x06010000
#define NTDDI_WIN8 0x06020000
#define NTDDI_WINBLUE 0x06030000
#define NTDDI_WIN10 0x0A000000
#define NTDDI_WIN10_VB 0x0A000008
#define NT_SUCCESS(Status) (((NTSTATUS)(Status)) >= 0)
#define NT_INFORMATION(Status) ((((ULONG)(Status)) >> 30) == 1)
#define NT_WARNING(Status) ((((ULONG)(Status)) >> 30) == 2)
#define NT_ERROR(Status) ((((ULONG)(Status)) >> 30) == 3)
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((ULONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (FIELD_OFFSET(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(Struct, Size, Field) ((((PCHAR)(&(Struct)->Field)) + sizeof((Struct)->Field)) <= (((PCHAR)(Struct)) + (Size)))
#define RTL_NUMBER_OF(A) (sizeof(A) / sizeof((A)[0]))
#define RTL_NUMBER_OF_V1(A) RTL_NUMBER_OF(A)
#define RTL_NUMBER_OF_V2(A) RTL_NUMBER_OF(A)
#define ARRAYSIZE(A) RTL_NUMBER_OF(A)
#define _ARRAYSIZE(A) RTL_NUMBER_OF(A)
#define _countof(_Array) RTL_NUMBER_OF(_Array)
#define CONTAINING_RECORD(address, type, field) ((type *)((PCHAR)(address) - (ULONG_PTR)offsetof(type, field)))
#define UNREFERENCED_PARAMETER(P) ((void)(P))
#define DBG_UNREFERENCED_PARAMETER(P) ((void)(P))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(V) ((void)(V))
#define UNREFERENCED_LOCAL_VARIABLE(V) ((void)(V))
#define ARGUMENT_PRESENT(ArgumentPointer) ((CHAR *)((ULONG_PTR)(ArgumentPointer)) != (CHAR *)NULL)
#define DEFAULT_UNREACHABLE
#define FALLTHROUGH
#define C_ASSERT(e) _Static_assert(e, #e)
#define static_assert _Static_assert
#define TEXT(quote) L##quote
#define _T(quote) L##quote
#define RTL_CONSTANT_STRING(s) { sizeof(s) - sizeof((s)[0]), sizeof(s), (s) }
#define RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a) { sizeof(OBJECT_ATTRIBUTES), NULL, (PUNICODE_STRING)(n), (a), NULL, NULL }
#define RTL_INIT_OBJECT_ATTRIBUTES(n, a) RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a)
#define InitializeObjectAttributes(p, n, a, r, s) { (p)->Length = sizeof(OBJECT_ATTRIBUTES); (p)->RootDirectory = r; \
    (p)->Attributes = a; (p)->ObjectName = n; (p)->SecurityDescriptor = s; (p)->SecurityQualityOfService = NULL; }
#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS 32767
#define DECLARE_CONST_UNICODE_STRING(_var, _string) const WCHAR _var##_buffer[] = _string; \
    const UNICODE_STRING _var = { sizeof(_string) - sizeof(WCHAR), sizeof(_string), (PWCH)_var##_buffer }
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(_var, _str) const UNICODE_STRING _var = RTL_CONSTANT_STRING(_str)
#define DECLARE_UNICODE_STRING_SIZE(_var, _size) WCHAR _var##_buffer[_size]; \
    UNICODE_STRING _var = { 0, (_size) * sizeof(WCHAR), _var##_buffer }
#define Int32x32To64(a, b) (((LONGLONG)((LONG)(a))) * ((LONGLONG)((LONG)(b))))
#define UInt32x32To64(a, b) (((ULONGLONG)((ULONG)(a))) * ((ULONGLONG)((ULONG)(b))))
#define LOBYTE(w) ((UCHAR)((ULONG_PTR)(w) & 0xff))
#define HIBYTE(w) ((UCHAR)((((ULONG_PTR)(w)) >> 8) & 0xff))
#define LOWORD(l) ((USHORT)((ULONG_PTR)(l) & 0xffff))
#define HIWORD(l) ((USHORT)((((ULONG_PTR)(l)) >> 16) & 0xffff))
#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment) - 1))
#define ALIGN_UP_BY(length, alignment) (ALIGN_DOWN_BY(((ULONG_PTR)(length) + (alignment) - 1), alignment))
#define ALIGN_DOWN(length, type) ALIGN_DOWN_BY(length, sizeof(type))
#define ALIGN_UP(length, type) ALIGN_UP_BY(length, sizeof(type))
#define FlagOn(_F, _SF) ((_F) & (_SF))
#define BooleanFlagOn(F, SF) ((BOOLEAN)(((F) & (SF)) != 0))
#define SetFlag(_F, _SF) ((_F) |= (_SF))
#define ClearFlag(_F, _SF) ((_F) &= ~(_SF))
#define PtrToUlong(p) ((ULONG)(ULONG_PTR)(p))
#define PtrToLong(p) ((LONG)(LONG_PTR)(p))
#define PtrToUint(p) ((UINT)(UINT_PTR)(p))
#define HandleToUlong(h) ((ULONG)(ULONG_PTR)(h))
#define HandleToULong(h) ((ULONG)(ULONG_PTR)(h))
#define UlongToHandle(ul) ((HANDLE)(ULONG_PTR)(ULONG)(ul))
#define ULongToHandle(ul) ((HANDLE)(ULONG_PTR)(ULONG)(ul))
#define LongToHandle(l) ((HANDLE)(LONG_PTR)(LONG)(l))
#define UlongToPtr(ul) ((PVOID)(ULONG_PTR)(ULONG)(ul))
#define ULongToPtr(ul) ((PVOID)(ULONG_PTR)(ULONG)(ul))
#define LongToPtr(l) ((PVOID)(LONG_PTR)(LONG)(l))

typedef void *PVOID;
typedef const void *PCVOID;
typedef void *PVOID64;
typedef char CHAR;
typedef char CCHAR;
typedef char *PCHAR;
typedef char *PCCHAR;
typedef char *LPCH;
typedef char *PCH;
typedef char *PNZCH;
typedef char *PSTR;
typedef char *PSZ;
typedef char *LPSTR;
typedef const char *PCSTR;
typedef const char *LPCSTR;
typedef const char *PCSZ;
typedef const char *PCNZCH;
typedef const char *LPCCH;
typedef const char *PCCH;
typedef signed char SCHAR;
typedef signed char *PSCHAR;
typedef signed char INT8;
typedef signed char *PINT8;
typedef unsigned char UCHAR;
typedef unsigned char *PUCHAR;
typedef unsigned char BYTE;
typedef unsigned char *PBYTE;
typedef unsigned char *LPBYTE;
typedef unsigned char UINT8;
typedef unsigned char *PUINT8;
typedef unsigned char BOOLEAN;
typedef unsigned char *PBOOLEAN;
typedef unsigned char KIRQL;
typedef unsigned char *PKIRQL;
typedef const UCHAR *PCUCHAR;
typedef short SHORT;
typedef short *PSHORT;
typedef short CSHORT;
typedef short *PCSHORT;
typedef short INT16;
typedef short *PINT16;
typedef unsigned short USHORT;
typedef unsigned short *PUSHORT;
typedef unsigned short WORD;
typedef unsigned short *PWORD;
typedef unsigned short UINT16;
typedef unsigned short *PUINT16;
typedef const USHORT *PCUSHORT;
typedef wchar_t WCHAR;
typedef wchar_t *PWCHAR;
typedef wchar_t *LPWCH;
typedef wchar_t *PWCH;
typedef wchar_t *NWPSTR;
typedef wchar_t *LPWSTR;
typedef wchar_t *PWSTR;
typedef const WCHAR *LPCWCH;
typedef const WCHAR *PCWCH;
typedef const WCHAR *LPCWSTR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *PCWCHAR;
typedef const WCHAR *PCNZWCH;
typedef PWSTR *PZPWSTR;
typedef int INT;
typedef int *PINT;
typedef int BOOL;
typedef int *PBOOL;
typedef int INT32;
typedef int *PINT32;
typedef unsigned int UINT;
typedef unsigned int *PUINT;
typedef unsigned int UINT32;
typedef unsigned int *PUINT32;
typedef long LONG;
typedef long *PLONG;
typedef long LONG32;
typedef long *PLONG32;
typedef long NTSTATUS;
typedef long *PNTSTATUS;
typedef long HRESULT;
typedef long KPRIORITY;
typedef unsigned long ULONG;
typedef unsigned long *PULONG;
typedef unsigned long ULONG32;
typedef unsigned long *PULONG32;
typedef unsigned long DWORD;
typedef unsigned long *PDWORD;
typedef unsigned long DWORD32;
typedef unsigned long LOGICAL;
typedef unsigned long *PLOGICAL;
typedef unsigned long LCID;
typedef unsigned long ACCESS_MASK;
typedef unsigned long *PACCESS_MASK;
typedef const ULONG *PCULONG;
typedef long long LONGLONG;
typedef long long *PLONGLONG;
typedef long long LONG64;
typedef long long *PLONG64;
typedef long long INT64;
typedef long long *PINT64;
typedef long long LONG_PTR;
typedef long long *PLONG_PTR;
typedef long long INT_PTR;
typedef long long *PINT_PTR;
typedef long long SSIZE_T;
typedef long long *PSSIZE_T;
typedef long long USN;
typedef unsigned long long ULONGLONG;
typedef unsigned long long *PULONGLONG;
typedef unsigned long long ULONG64;
typedef unsigned long long *PULONG64;
typedef unsigned long long UINT64;
typedef unsigned long long *PUINT64;
typedef unsigned long long DWORD64;
typedef unsigned long long *PDWORD64;
typedef unsigned long long DWORDLONG;
typedef unsigned long long ULONG_PTR;
typedef unsigned long long *PULONG_PTR;
typedef unsigned long long UINT_PTR;
typedef unsigned long long *PUINT_PTR;
typedef unsigned long long DWORD_PTR;
typedef unsigned long long *PDWORD_PTR;
typedef unsigned long long SIZE_T;
typedef unsigned long long *PSIZE_T;
typedef unsigned long long KAFFINITY;
typedef unsigned long long *PKAFFINITY;
typedef PVOID HANDLE, *PHANDLE;
typedef PVOID PSECURITY_DESCRIPTOR, PSID;
typedef CCHAR KPROCESSOR_MODE;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;
typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;
typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;
typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;
typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;
typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING;
typedef const STRING *PCANSI_STRING;
typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;
typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID, *LPGUID;
typedef const GUID *LPCGUID;
typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;
typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue, WaitDpc } WAIT_TYPE;
typedef enum _NT_PRODUCT_TYPE { NtProductWinNt = 1, NtProductLanManNt, NtProductServer } NT_PRODUCT_TYPE;
