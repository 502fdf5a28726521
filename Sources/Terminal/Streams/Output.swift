import Glibc
import Synchronization

/// A buffered stream of text to a descriptor, a file or memory. May be shared between threads.
///
/// Writing never fails in the middle of the work: the first error is kept, what follows is dropped, and
/// `failure` tells at the end.
public final class Output: Sendable {
  /// Why text could not be written.
  public struct Failure: Error, Hashable, Sendable {
    /// The number of the system's error.
    public let code: Int32
    /// What was written to: a path, "standard output".
    public let target: String

    /// Whether the reader went away, as `head` does: no mistake, nothing to report.
    public var isReaderGone: Bool { code == EPIPE }

    /// A sentence that names the remedy.
    public var sentence: String {
      let reason = String(cString: strerror(code))
      let remedy =
        switch code {
        case ENOSPC, EDQUOT: " Free some space or name another place with -o."
        case ENOENT, ENOTDIR: " Make its folder first."
        case EACCES, EPERM, EROFS: " Name a place that you may write to with -o."
        case EFBIG: " Raise the limit (ulimit -f), or ask for less."
        default: ""
        }
      return "Cannot write to \(target): \(reason).\(remedy)"
    }
  }

  private enum Sink {
    case memory
    case descriptor(Int32)
    /// A file that takes its name only once it is whole; or, where it is no regular file, is written in place.
    case file(path: String, isInPlace: Bool)
  }

  private struct State {
    var buffer: [UInt8] = []
    var descriptor: Int32 = -1
    var isOpen = false
    /// The name of a file that is not whole yet, where the file system knows none without a name.
    var part: String?
    var failure: Failure?
    /// Whether a line that will be redrawn stands on the terminal.
    var hasTransient = false
    /// Whether anything was ever written.
    var hasContent = false
  }

  /// 64 KiB: a pipe's capacity on Linux; larger gains nothing measurable, smaller means more system calls.
  private static let capacity = 64 * 1024

  private let sink: Sink
  private let target: String
  /// Whether each write is passed on at once, as messages must be.
  private let isUnbuffered: Bool
  private let state = Mutex(State())

  private init(_ sink: Sink, target: String, isUnbuffered: Bool) {
    self.sink = sink
    self.target = target
    self.isUnbuffered = isUnbuffered
  }

  deinit { discard() }

  /// Text kept in memory, for tests.
  public static func memory() -> Output { Output(.memory, target: "memory", isUnbuffered: false) }

  /// Text to an open descriptor.
  public static func descriptor(_ descriptor: Int32, name: String, isUnbuffered: Bool = false) -> Output {
    Output(.descriptor(descriptor), target: name, isUnbuffered: isUnbuffered)
  }

  /// The result: buffered.
  public static func standardOutput() -> Output { descriptor(1, name: "standard output") }

  /// The conversation: unbuffered.
  public static func standardError() -> Output { descriptor(2, name: "standard error", isUnbuffered: true) }

  /// A file that appears under its name when `close()` is called, whole; until then an older one stays.
  ///
  /// A path that exists and is no regular file (`/dev/null`, a named pipe) is written to directly.
  public static func file(_ path: String) -> Output {
    var status = stat()
    let exists = stat(path, &status) == 0
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    // A link keeps its place: the part is renamed over what it points to.
    let resolved = exists && isRegular ? realPath(path) ?? path : path
    return Output(.file(path: resolved, isInPlace: exists && !isRegular), target: "'\(path)'", isUnbuffered: false)
  }

  /// What was written, of an output in memory.
  public var contents: String {
    guard case .memory = sink else { return "" }
    return state.withLock { String(decoding: $0.buffer, as: UTF8.self) }
  }

  /// Whether anything was written to it.
  public var hasContent: Bool { state.withLock { $0.hasContent } }

  /// The first failure, if there was one.
  public var failure: Failure? { state.withLock { $0.failure } }

  /// Whether a write would still arrive somewhere: long streams may stop where it would not.
  public var isBroken: Bool { failure != nil }

  /// Whether a terminal shows this.
  public var isTerminal: Bool {
    guard case .descriptor(let descriptor) = sink else { return false }
    return isatty(descriptor) == 1
  }

  /// The columns of the terminal that shows this, or nil where none does.
  public var terminalWidth: Int? {
    guard case .descriptor(let descriptor) = sink else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Appends text. A line that is redrawn gives way to it. Control characters other than our own are written out:
  /// see ``VisibleText``.
  public func write(_ text: String) {
    state.withLock { state in
      clearTransient(&state)
      append(VisibleText.of(text).utf8, &state)
    }
  }

  /// Moves on the terminal by a control sequence of the caller's own making, then appends text. For terminals only.
  public func redraw(_ control: String, _ text: String = "") {
    state.withLock { state in
      clearTransient(&state)
      append((control + VisibleText.of(text)).utf8, &state)
    }
  }

  /// Appends bytes: pictures, compressed data.
  public func write(bytes: some Sequence<UInt8>) {
    state.withLock { append(bytes, &$0) }
  }

  /// Shows a line that the next write replaces. For terminals only.
  func writeTransient(_ line: String) {
    state.withLock { state in
      append("\r\(VisibleText.of(line))\u{1B}[K".utf8, &state)
      state.hasTransient = true
    }
  }

  /// Takes the line that is redrawn away.
  func clearTransient() {
    state.withLock { clearTransient(&$0) }
  }

  private func clearTransient(_ state: inout State) {
    guard state.hasTransient else { return }
    state.hasTransient = false
    append("\r\u{1B}[K".utf8, &state)
  }

  private func append(_ bytes: some Sequence<UInt8>, _ state: inout State) {
    guard state.failure == nil else { return }
    state.hasContent = true
    state.buffer.append(contentsOf: bytes)
    if case .memory = sink { return }
    if isUnbuffered || state.buffer.count >= Output.capacity { drain(&state) }
  }

  /// Passes on what is buffered.
  public func flush() {
    if case .memory = sink { return }
    state.withLock { drain(&$0) }
  }

  /// Opens a file before the work, so that a wrong path is told at once and not after it.
  public func open() throws(Failure) {
    let failure: Failure? = state.withLock { state in
      openFile(&state)
      return state.failure
    }
    if let failure { throw failure }
  }

  /// Passes on what is buffered and lets a file appear under its name.
  public func close() throws(Failure) {
    if case .memory = sink { return }
    let failure: Failure? = state.withLock { state in
      drain(&state)
      guard case .file(let path, let isInPlace) = sink, state.isOpen else { return state.failure }
      if !isInPlace, state.failure == nil, state.part == nil { nameFile(&state, beside: path) }
      if Glibc.close(state.descriptor) != 0, state.failure == nil { fail(&state, errno) }
      state.isOpen = false
      if let part = state.part {
        if state.failure == nil, rename(part, path) != 0 { fail(&state, errno) }
        if state.failure != nil { unlink(part) }
        state.part = nil
      }
      return state.failure
    }
    if let failure { throw failure }
  }

  /// Gives a file up: nothing appears, and an older one stays.
  public func discard() {
    guard case .file = sink else { return }
    state.withLock { state in
      state.buffer = []
      guard state.isOpen else { return }
      _ = Glibc.close(state.descriptor)
      state.isOpen = false
      if let part = state.part { unlink(part) }
      state.part = nil
    }
  }

  private func openFile(_ state: inout State) {
    guard case .file(let path, let isInPlace) = sink, !state.isOpen, state.failure == nil else { return }
    if isInPlace {
      state.descriptor = Glibc.open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    } else {
      // A file without a name (Linux 3.11, open(2)) leaves nothing behind, however the process ends.
      state.descriptor = Glibc.open(Output.folder(of: path), Output.withoutName | O_WRONLY | O_CLOEXEC, Output.mode)
      if state.descriptor < 0, [EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(errno) { openPart(&state, beside: path) }
    }
    guard state.descriptor >= 0 else { return fail(&state, errno) }
    state.isOpen = true
    var old = stat()
    if !isInPlace, stat(path, &old) == 0 { fchmod(state.descriptor, old.st_mode & 0o7777) }
  }

  /// 0666, less what the user's mask takes away.
  private static let mode: mode_t = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH

  /// O_TMPFILE, which the importer does not see: __O_TMPFILE | O_DIRECTORY (asm-generic/fcntl.h).
  private static let withoutName: Int32 = 0o20000000 | O_DIRECTORY

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A name that nobody can have put there before: 64 random bits, and the file must not exist.
  private static func part(beside path: String) -> String {
    "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).part"
  }

  private func openPart(_ state: inout State, beside path: String) {
    let part = Output.part(beside: path)
    state.descriptor = Glibc.open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, Output.mode)
    if state.descriptor >= 0 { state.part = part }
  }

  /// Gives a file without a name one, so that it can take an older one's place in one step.
  private func nameFile(_ state: inout State, beside path: String) {
    let part = Output.part(beside: path)
    if linkat(AT_FDCWD, "/proc/self/fd/\(state.descriptor)", AT_FDCWD, part, AT_SYMLINK_FOLLOW) == 0 {
      state.part = part
    } else {
      fail(&state, errno)
    }
  }

  private func drain(_ state: inout State) {
    let descriptor: Int32
    switch sink {
    case .memory: return
    case .descriptor(let given): descriptor = given
    case .file:
      openFile(&state)
      descriptor = state.descriptor
    }
    guard state.failure == nil else { return }
    var start = 0
    while start < state.buffer.count {
      let count = state.buffer.withUnsafeBytes { bytes -> Int in
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        return Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count >= 0 {
        start += count
      } else if errno == EAGAIN {
        // A descriptor that somebody made non-blocking, as some terminals' parents do.
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        fail(&state, errno)
        return
      }
    }
    state.buffer.removeAll(keepingCapacity: true)
  }

  private func fail(_ state: inout State, _ code: Int32) {
    state.failure = Failure(code: code, target: target)
    state.buffer = []
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
