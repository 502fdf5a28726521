import Glibc

/// Standard input as a file that can be read more than once, in the memory of one chunk.
///
/// A file behind it is read where it lies. What comes through a pipe is kept in a file without a name, in TMPDIR or /tmp,
/// which ends with the process.
public final class SpooledInput: Sendable {
  /// What to call it in messages.
  public static let name = "standard input"
  /// Where it can be read; from its start each time.
  public let path: String
  /// Of the file without a name; -1 where standard input is a file itself.
  private let descriptor: Int32

  /// Reads standard input, or another descriptor, to its end.
  ///
  /// - Throws: ``DocumentError`` where it cannot be read or kept.
  public init(reading input: Int32 = STDIN_FILENO) throws(DocumentError) {
    let own = "/proc/self/fd/\(input)"
    var status = stat()
    if fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG, lseek(input, 0, SEEK_CUR) == 0,
      access(own, R_OK) == 0
    {
      descriptor = -1
      path = own
      return
    }
    let file = try SpooledInput.nameless()
    do throws(DocumentError) {
      try SpooledInput.copy(input, to: file)
    } catch {
      close(file)
      throw error
    }
    descriptor = file
    path = "/proc/self/fd/\(file)"
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func nameless() throws(DocumentError) -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array("\(folder)/headroom-XXXXXX".utf8CString)
    let file = name.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
    guard file >= 0 else { throw failure(errno, folder) }
    name.withUnsafeBufferPointer { if let path = $0.baseAddress { _ = unlink(path) } }
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func copy(_ input: Int32, to file: Int32) throws(DocumentError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Input.chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(input, buffer.baseAddress, buffer.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(errno, reading: name)
      }
      var done = 0
      while done < count {
        let written = write(file, buffer.baseAddress.map { $0 + done }, count - done)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw failure(written < 0 ? errno : EIO, "the folder for temporary files") }
        done += written
      }
    }
  }

  private static func failure(_ code: Int32, _ folder: String) -> DocumentError {
    DocumentError(
      code == ENOSPC || code == EDQUOT ? .diskFull : .system, path: name,
      "cannot keep standard input in \(folder): \(String(cString: strerror(code)))",
      remedy: "set TMPDIR to a folder with room, or name a file instead of piping it")
  }
}
