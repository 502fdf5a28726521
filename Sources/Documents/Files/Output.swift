import Glibc

/// Writes files, whole or not at all.
public enum Output {
  /// Writes a file so that readers see the old bytes or the new, never a part: a new file beside it, flushed to disk,
  /// takes its place.
  ///
  /// Links are followed; what is no regular file (a pipe, `/dev/null`) and `-`, standard output, is written in place.
  /// A file that was there keeps its permissions.
  public static func writeAtomically(_ bytes: [UInt8], to path: String) throws(DocumentError) {
    if path == "-" { return try write(bytes, STDOUT_FILENO, path) }
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw .system(EISDIR, writing: path) }
    if exists, status.st_mode & S_IFMT != S_IFREG { return try writeInPlace(bytes, path) }
    let target = exists ? resolved(path) : path
    let temporary = try createTemporary(beside: target, for: path)
    var isDone = false
    defer {
      if !isDone { unlink(temporary.path) }
    }
    try fill(temporary.descriptor, with: bytes, mode: exists ? status.st_mode & 0o7777 : nil, path)
    guard rename(temporary.path, target) == 0 else { throw .system(errno, writing: path) }
    isDone = true
    let folder = open(FilePath.folder(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Writes text; see the bytes' way.
  public static func writeAtomically(_ text: String, to path: String) throws(DocumentError) {
    try writeAtomically(Array(text.utf8), to: path)
  }

  private static func createTemporary(
    beside target: String, for path: String
  ) throws(DocumentError) -> (path: String, descriptor: Int32) {
    let base = FilePath.join(target, sibling: ".\(FilePath.name(of: target).prefix(100)).\(getpid())")
    for attempt in 0..<1000 {
      let candidate = "\(base).\(attempt).tmp"
      let descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (candidate, descriptor) }
      if errno != EEXIST { throw .system(errno, writing: path) }
    }
    throw .system(EEXIST, writing: path)
  }

  private static func fill(
    _ descriptor: Int32, with bytes: [UInt8], mode: mode_t?, _ path: String
  ) throws(DocumentError) {
    defer { close(descriptor) }
    if let mode { fchmod(descriptor, mode) }
    try write(bytes, descriptor, path)
    // Without it a power cut may leave the new name on an empty file.
    if fsync(descriptor) != 0, errno != EINVAL { throw .system(errno, writing: path) }
  }

  private static func writeInPlace(_ bytes: [UInt8], _ path: String) throws(DocumentError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    if descriptor < 0 { throw .system(errno, writing: path) }
    defer { close(descriptor) }
    try write(bytes, descriptor, path)
  }

  private static func write(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(DocumentError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(DocumentError) -> Void in
      guard let start = buffer.baseAddress else { return }
      var written = 0
      while written < buffer.count {
        let count = Glibc.write(descriptor, start + written, buffer.count - written)
        if count >= 0 {
          written += count
        } else if errno != EINTR {
          throw .system(errno, writing: path)
        }
      }
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
