// Ping-pong with two auto-reset events (a first exercise of many courses)
//
// Outcome: ping, pong, ping, pong, ... ROUNDS of each, strictly in turn, whichever thread is scheduled first.
#include "ntddk.h"

#define ROUNDS 3

KEVENT  PingTurn;
KEVENT  PongTurn;

typedef struct _PLAYER
{
    const char *Word;
    PKEVENT     Mine;
    PKEVENT     Other;
} PLAYER;

PLAYER Players[2] =
{
    { "ping", &PingTurn, &PongTurn },
    { "pong", &PongTurn, &PingTurn },
};

void NTAPI Play(IN OUT PVOID Param)
{
    PLAYER *Player = Param;
    int     Round  = 0;

again:
    KeWaitForSingleObject(Player->Mine, Executive, KernelMode, FALSE, NULL);
    DbgPrint("%s %d\n", Player->Word, ++Round);
    KeSetEvent(Player->Other, 0, FALSE);
    if (Round < ROUNDS)
        goto again;

    PsTerminateSystemThread(0);
}

VOID DriverUnload(IN PDRIVER_OBJECT DriverObject)
{
    // The threads end by themselves; a later version should wait for them here.
    DbgPrint("bye\n");
}

NTSTATUS DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
    HANDLE   hThread[2];
    NTSTATUS ntStatus;
    int      i;

    DriverObject->DriverUnload = DriverUnload;

    KeInitializeEvent(&PingTurn, SynchronizationEvent, TRUE);
    KeInitializeEvent(&PongTurn, SynchronizationEvent, FALSE);

    for (i = 1; i >= 0; i--)
    {
        ntStatus = PsCreateSystemThread(&hThread[i], (ACCESS_MASK)0L, NULL, (HANDLE)0L, NULL, Play, &Players[i]);
        if (!NT_SUCCESS(ntStatus))
        {
            DbgPrint("PsCreateSystemThread failed: 0x%x\n", ntStatus);
            return ntStatus;
        }
        ZwClose(hThread[i]);
    }

    return STATUS_SUCCESS;
}
