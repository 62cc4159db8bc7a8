#include <ntddk.h>

static ULONG Next(VOID)
{
    static ULONG calls = 10;

    return calls++;
}

static PCSTR Word(BOOLEAN Yes)
{
    static CHAR yes[] = "yes", no[] = "no";

    yes[0] = 'Y';
    return Yes ? yes : no;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG first = Next();
    PCSTR word = Word(TRUE);

    Next();
    return first == 10 && Next() == 12 && word[0] == 'Y' && Word(FALSE)[1] == 'o' ? STATUS_SUCCESS
                                                                                 : STATUS_UNSUCCESSFUL;
}
