#include <ntddk.h>

static ULONG Count;
static LIST_ENTRY Head;
static struct {
    PVOID Pointer;
    CHAR Name[6];
} Record;
static CHAR Padded[8] = "abc";

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    if (Head.Flink == NULL) {
        InitializeListHead(&Head);
    }
    Count++;
    return Count == 1 && IsListEmpty(&Head) && Record.Pointer == NULL && Record.Name[5] == 0 && Padded[7] == 0
               ? STATUS_SUCCESS
               : STATUS_UNSUCCESSFUL;
}
