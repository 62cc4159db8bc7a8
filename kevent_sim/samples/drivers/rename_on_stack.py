"""The second driver with the article's rename buffer: a local variable, and too short for the name it gets."""
# fmt: off
# Wrapped by hand, as the C beside it is: the two stand side by side in the notebooks.

from kevent_sim.ntifs import *

# Which local lies where is the compiler's choice. Layout takes one of three, lowest address first: above the buffer
# lie the arrays (what /GS prefers), the file's handle, or nothing but the cookie.
ARRAYS_ABOVE, HANDLE_ABOVE, COOKIE_ABOVE = range(3)
PARAMETERS = {"FileCount": 1000, "WriteCount": 100, "Layout": ARRAYS_ABOVE}

_LOCALS = {
    "hFile": HANDLE, "ioStatusBlock": IO_STATUS_BLOCK, "renameInfo": FILE_RENAME_INFORMATION,
    "oldFilePath": 150, "newFilePath": 150,
}
LAYOUTS = tuple(
    {name: _LOCALS[name] for name in order.split()}
    for order in (
        "hFile ioStatusBlock renameInfo oldFilePath newFilePath",
        "oldFilePath newFilePath renameInfo hFile ioStatusBlock",
        "hFile ioStatusBlock oldFilePath newFilePath renameInfo",
    )
)


class SYNC_RESOURCES(Structure):
    FileCreationEvent: KEVENT
    FileCount: ULONG
    WriteCount: ULONG
    Layout: ULONG


async def FileCreationThread(SyncRes):
    dataToWrite = b"Hello, World!\r\n"
    uniFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()

    for i in range(SyncRes.FileCount):
        RtlInitUnicodeString(uniFilePath,
            f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
        InitializeObjectAttributes(objAttributes, uniFilePath,
            OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)

        hFile = HANDLE()
        ioStatusBlock = IO_STATUS_BLOCK()
        status = await ZwCreateFile(hFile, GENERIC_WRITE,
            objAttributes, ioStatusBlock, None,
            FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
            FILE_SYNCHRONOUS_IO_NONALERT, None, 0)
        if NT_SUCCESS(status):
            for j in range(SyncRes.WriteCount):
                await ZwWriteFile(hFile, None, None, None,
                    ioStatusBlock, dataToWrite, len(dataToWrite),
                    None, None)
            await ZwClose(hFile)

    # All files are written and closed: one signal for the
    # one thread that waits.
    await KeSetEvent(SyncRes.FileCreationEvent,
        IO_NO_INCREMENT, False)


async def FileMoveThread(SyncRes):
    # `with` is the function's body: at its end the compiler's
    # check of the /GS cookie runs.
    with StackFrame(LAYOUTS[SyncRes.Layout]) as frame:
        hFile = frame.hFile
        ioStatusBlock = frame.ioStatusBlock
        renameInfo = frame.renameInfo
        uniOldPath = UNICODE_STRING()
        objAttributes = OBJECT_ATTRIBUTES()

        await KeWaitForSingleObject(SyncRes.FileCreationEvent,
            Executive, KernelMode, False, None)

        for i in range(SyncRes.FileCount):
            frame.oldFilePath = (
                f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
            frame.newFilePath = (
                f"\\DosDevices\\C:\\Temp2\\NewFile_{i}.txt")
            RtlInitUnicodeString(uniOldPath, frame.oldFilePath)
            InitializeObjectAttributes(objAttributes, uniOldPath,
                OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)

            status = await ZwOpenFile(hFile, FILE_ALL_ACCESS,
                objAttributes, ioStatusBlock,
                FILE_SHARE_READ | FILE_SHARE_WRITE,
                FILE_SYNCHRONOUS_IO_NONALERT)
            if NT_SUCCESS(status):
                renameInfo.ReplaceIfExists = True
                renameInfo.RootDirectory = None
                renameInfo.FileNameLength = 2 * len(frame.newFilePath)
                # 24 bytes, FileName from the 20th on: room for
                # two characters.
                renameInfo.FileName = frame.newFilePath

                length = (sizeof(FILE_RENAME_INFORMATION)
                    + renameInfo.FileNameLength)
                await ZwSetInformationFile(hFile, ioStatusBlock,
                    renameInfo, length, FileRenameInformation)

                await ZwClose(hFile)


async def DriverUnload(DriverObject):
    await IoDeleteDevice(DriverObject.DeviceObject)


async def DriverEntry(DriverObject, RegistryPath):
    DriverObject.DriverUnload = DriverUnload

    DeviceObject = DEVICE_OBJECT()
    status = await IoCreateDevice(DriverObject,
        sizeof(SYNC_RESOURCES), None, FILE_DEVICE_UNKNOWN,
        FILE_DEVICE_SECURE_OPEN, False, DeviceObject)
    if not NT_SUCCESS(status):
        return status

    # Loop bounds from the registry, so that small runs can be
    # made: the one difference from the article's C.
    SyncRes = DeviceObject.DeviceExtension
    for name in PARAMETERS:
        setattr(SyncRes, name, registry_parameter(RegistryPath, name))
    if SyncRes.Layout >= len(LAYOUTS):
        return STATUS_INVALID_PARAMETER

    await KeInitializeEvent(SyncRes.FileCreationEvent,
        SynchronizationEvent, False)

    threadHandle1, threadHandle2 = HANDLE(), HANDLE()
    status = await PsCreateSystemThread(threadHandle1, 0, None,
        None, None, FileCreationThread, SyncRes)
    if NT_SUCCESS(status):
        await ZwClose(threadHandle1)

    status = await PsCreateSystemThread(threadHandle2, 0, None,
        None, None, FileMoveThread, SyncRes)
    if NT_SUCCESS(status):
        await ZwClose(threadHandle2)

    return STATUS_SUCCESS
