#include <ntddk.h>

typedef union _WORD {
    ULONG Whole;
    USHORT Halves[2];
    UCHAR Bytes[4];
    struct {
        UCHAR Low;
        UCHAR Rest[3];
    };
} WORD_VIEW;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WORD_VIEW word;
    LARGE_INTEGER time;

    word.Whole = 0x11223344;
    if (word.Bytes[0] != 0x44 || word.Halves[1] != 0x1122 || word.Low != 0x44 || word.Rest[2] != 0x11) {
        return STATUS_UNSUCCESSFUL;
    }
    word.Bytes[3] = 0;
    if (word.Whole != 0x223344) {
        return STATUS_UNSUCCESSFUL;
    }
    time.LowPart = 0xFFFFFFFF;
    time.HighPart = -1;
    return time.QuadPart == -1 && time.u.HighPart == -1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
