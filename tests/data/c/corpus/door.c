// door.c: a state machine that is driven by events
//
// A door is closed, open, locked or broken. One thread sends six commands, one at a time, through a one-place mailbox;
// the other applies them. A command that does not fit the state leaves the state as it is and is counted.
//
// Outcome: Closed -Lock-> Locked -Open-> Locked (refused) -Unlock-> Closed -Open-> Open -Lock-> Open (refused)
// -Kick-> Broken. The machine prints each step in this order, then "2 refused"; both threads end.
#include <ntddk.h>

typedef enum _DOOR_STATE {
  DoorClosed = 1,
  DoorOpen,
  DoorLocked,
  DoorBroken = 0x10
} DOOR_STATE;

typedef enum { CmdNone, CmdOpen, CmdClose, CmdLock, CmdUnlock, CmdKick, CmdQuit } DOOR_COMMAND;

typedef struct _DOOR {
  DOOR_STATE   State;
  DOOR_COMMAND Mailbox;
  unsigned     Refused;
  KEVENT       Full, Empty;
} DOOR;

static const DOOR_COMMAND Script[] = { CmdLock, CmdOpen, CmdUnlock, CmdOpen, CmdLock, CmdKick, CmdQuit };

static BOOLEAN Apply(DOOR* Door, DOOR_COMMAND Command)
{
  DOOR_STATE Next = Door->State;

  switch (Door->State) {
  case DoorClosed:
    if (Command == CmdOpen) Next = DoorOpen;
    else if (Command == CmdLock) Next = DoorLocked;
    break;
  case DoorLocked:
    if (Command == CmdUnlock) Next = DoorClosed;
    break;
  case DoorOpen:
    if (Command == CmdClose) {
      Next = DoorClosed;
      break;
    }
    /* fall through */
  case DoorBroken:
    if (Command == CmdKick) Next = DoorBroken;
    break;
  }
  DbgPrint("door: %#x -> %#x\n", Door->State, Next);
  if (Next == Door->State) return FALSE;
  Door->State = Next;
  return TRUE;
}

static VOID Machine(PVOID Context)
{
  DOOR* Door = (DOOR*)Context;

  while (TRUE) {
    DOOR_COMMAND Command;
    KeWaitForSingleObject(&Door->Full, Executive, KernelMode, FALSE, NULL);
    Command = Door->Mailbox;
    Door->Mailbox = CmdNone;
    KeSetEvent(&Door->Empty, 0, FALSE);
    if (Command == CmdQuit) break;
    if (!Apply(Door, Command)) ++Door->Refused;
  }
  DbgPrint("door: %u refused\n", Door->Refused);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Sender(PVOID Context)
{
  DOOR* Door = (DOOR*)Context;

  for (ULONG i = 0; i < ARRAYSIZE(Script); ++i) {
    KeWaitForSingleObject(&Door->Empty, Executive, KernelMode, FALSE, NULL);
    Door->Mailbox = Script[i];
    KeSetEvent(&Door->Full, 0, FALSE);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
  static DOOR Door = { DoorClosed };
  PKSTART_ROUTINE Routines[2] = { Machine, Sender };
  NTSTATUS Status = STATUS_SUCCESS;

  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  KeInitializeEvent(&Door.Full, SynchronizationEvent, FALSE);
  KeInitializeEvent(&Door.Empty, SynchronizationEvent, TRUE);
  for (int i = 0; i < 2 && NT_SUCCESS(Status); ++i) {
    HANDLE Handle;
    Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Routines[i], &Door);
    if (NT_SUCCESS(Status)) ZwClose(Handle);
  }
  return Status;
}
