#include <ntddk.h>

static ULONG Permutations(PUCHAR Used, ULONG Depth)
{
    UCHAR mine[4];
    ULONG count = 0;

    if (Depth == 4) {
        return 1;
    }
    RtlCopyMemory(mine, Used, sizeof(mine));
    for (ULONG i = 0; i < 4; i++) {
        if (!mine[i]) {
            mine[i] = 1;
            count += Permutations(mine, Depth + 1);
            mine[i] = 0;
        }
    }
    return count;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UCHAR none[4] = { 0 };

    return Permutations(none, 0) == 24 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
