#include <ntddk.h>

static ULONG Trace(ULONG (*Rows)[3], ULONG Count)
{
    ULONG sum = 0;

    for (ULONG i = 0; i < Count; i++) {
        sum += Rows[i][i];
    }
    return sum;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG grid[3][3] = { { 1, 2, 3 }, { 4, 5 }, { 7, 8, 9 } };
    PULONG row = grid[1];

    row[2] = 6;
    return Trace(grid, 3) == 15 && *(*(grid + 2) + 1) == 8 && sizeof(grid) == 36 ? STATUS_SUCCESS
                                                                                 : STATUS_UNSUCCESSFUL;
}
