#include <ntddk.h>

typedef LONG (*OPERATION)(LONG First, LONG Second);

typedef struct _ENTRY {
    CHAR Sign;
    OPERATION Do;
} ENTRY;

static LONG Plus(LONG First, LONG Second)
{
    return First + Second;
}

static LONG Minus(LONG First, LONG Second)
{
    return First - Second;
}

static const ENTRY Table[] = { { '+', Plus }, { '-', Minus } };

static LONG Apply(CHAR Sign, LONG First, LONG Second)
{
    for (ULONG i = 0; i < ARRAYSIZE(Table); i++) {
        if (Table[i].Sign == Sign) {
            return Table[i].Do(First, Second);
        }
    }
    return 0;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    OPERATION last = Table[1].Do;

    return Apply('+', 2, 3) == 5 && last(2, 3) == -1 && Apply('*', 2, 3) == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
