#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR blocks[3] = { NULL };
    ULONG got = 0, sum = 0;

    while (got < ARRAYSIZE(blocks)) {
        blocks[got] = ExAllocatePool2(POOL_FLAG_NON_PAGED, got + 1, 'kclB');
        if (blocks[got] == NULL) {
            break;
        }
        blocks[got][got] = (UCHAR)(got + 1);
        got++;
    }
    while (got-- > 0) {
        sum += blocks[got][got];
        ExFreePoolWithTag(blocks[got], 'kclB');
        blocks[got] = NULL;
    }
    return sum == 6 && blocks[0] == NULL ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
