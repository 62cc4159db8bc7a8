"""A hand-off file by file: the semaphore counts the files that are ready, and several movers share them."""
# fmt: off
# Wrapped by hand, as the C beside it is: the two stand side by side in the notebooks.

from kevent_sim.ntifs import *

PARAMETERS = {"FileCount": 1000, "WriteCount": 100, "MoverCount": 2}


class SYNC_RESOURCES(Structure):
    FilesReady: KSEMAPHORE
    FileCount: ULONG
    WriteCount: ULONG
    MoverCount: ULONG


async def CreateOneFile(SyncRes, i):
    dataToWrite = b"Hello, World!\r\n"
    uniFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()

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
    if not NT_SUCCESS(status):
        return False

    for j in range(SyncRes.WriteCount):
        await ZwWriteFile(hFile, None, None, None,
            ioStatusBlock, dataToWrite, len(dataToWrite),
            None, None)
    await ZwClose(hFile)
    return True


async def MoveOneFile(i):
    oldFilePath = UNICODE_STRING()
    newFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()

    RtlInitUnicodeString(oldFilePath,
        f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
    RtlInitUnicodeString(newFilePath,
        f"\\DosDevices\\C:\\Temp2\\NewFile_{i}.txt")
    InitializeObjectAttributes(objAttributes, oldFilePath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)

    # FILE_SHARE_DELETE is not given: of two movers that open
    # one file, the second is refused.
    hFile = HANDLE()
    ioStatusBlock = IO_STATUS_BLOCK()
    status = await ZwOpenFile(hFile, FILE_ALL_ACCESS,
        objAttributes, ioStatusBlock,
        FILE_SHARE_READ | FILE_SHARE_WRITE,
        FILE_SYNCHRONOUS_IO_NONALERT)
    if not NT_SUCCESS(status):
        return False

    length = newFilePath.Length + FIELD_OFFSET(
        FILE_RENAME_INFORMATION, "FileName")
    renameInfo = FILE_RENAME_INFORMATION(length)

    renameInfo.ReplaceIfExists = True
    renameInfo.RootDirectory = None
    renameInfo.FileNameLength = newFilePath.Length
    renameInfo.FileName = newFilePath.Buffer

    await ZwSetInformationFile(hFile, ioStatusBlock,
        renameInfo, length, FileRenameInformation)

    await ZwClose(hFile)
    return True


async def FileCreationThread(SyncRes):
    # One count for each file, released when it is complete.
    for i in range(SyncRes.FileCount):
        if await CreateOneFile(SyncRes, i):
            await KeReleaseSemaphore(SyncRes.FilesReady,
                IO_NO_INCREMENT, 1, False)

    # And one for each mover, with no file for it:
    # it ends the mover.
    await KeReleaseSemaphore(SyncRes.FilesReady,
        IO_NO_INCREMENT, SyncRes.MoverCount, False)


async def FileMoveThread(SyncRes):
    i = 0

    # A mover with a count moves the first file that is left.
    # The files before i are gone: they were taken by this
    # mover or by another.
    while i < SyncRes.FileCount:
        await KeWaitForSingleObject(SyncRes.FilesReady,
            Executive, KernelMode, False, None)
        while i < SyncRes.FileCount and not await MoveOneFile(i):
            i += 1
        i += 1


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
    # made: the one difference from the C.
    SyncRes = DeviceObject.DeviceExtension
    for name in PARAMETERS:
        setattr(SyncRes, name, registry_parameter(RegistryPath, name))

    # The count can never pass this limit: one for each file,
    # and one for each mover.
    await KeInitializeSemaphore(SyncRes.FilesReady, 0,
        SyncRes.FileCount + SyncRes.MoverCount)

    threadHandle = HANDLE()
    status = await PsCreateSystemThread(threadHandle, 0, None,
        None, None, FileCreationThread, SyncRes)
    if NT_SUCCESS(status):
        await ZwClose(threadHandle)

    for i in range(SyncRes.MoverCount):
        status = await PsCreateSystemThread(threadHandle, 0, None,
            None, None, FileMoveThread, SyncRes)
        if NT_SUCCESS(status):
            await ZwClose(threadHandle)

    return STATUS_SUCCESS
