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
        case EISDIR: " Name a file in it."
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
    /// Whether the file that is not whole yet can be linked to a name, or must be copied to one.
    var canBeNamed = false
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
  /// Whether to ask the file system for a file without a name; tests do as where none is known.
  private let knowsNameless: Bool
  private let state = Mutex(State())

  private init(_ sink: Sink, target: String, isUnbuffered: Bool, knowsNameless: Bool = true) {
    self.sink = sink
    self.target = target
    self.isUnbuffered = isUnbuffered
    self.knowsNameless = knowsNameless
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
  public static func file(_ path: String) -> Output { file(path, knowsNameless: true) }

  static func file(_ path: String, knowsNameless: Bool) -> Output {
    var status = stat()
    let exists = stat(path, &status) == 0
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    // A link keeps its place: the part is renamed over what it points to.
    let resolved = exists && isRegular ? realPath(path) ?? path : path
    return Output(
      .file(path: resolved, isInPlace: exists && !isRegular), target: "'\(path)'", isUnbuffered: false,
      knowsNameless: knowsNameless)
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
      if !isInPlace, state.failure == nil {
        DeferredSignals.during { takeName(&state, path) }
      } else {
        closeFile(&state)
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
    }
  }

  /// Writes a whole file, so that readers see the old bytes or the new, never a part; `-` is standard output.
  public static func write(_ bytes: some Sequence<UInt8>, to path: String) throws(Failure) {
    let output = path == "-" ? standardOutput() : file(path)
    try output.open()
    output.write(bytes: bytes)
    try output.close()
  }

  /// Writes a whole text; see the bytes' way.
  public static func write(_ text: String, to path: String) throws(Failure) { try write(text.utf8, to: path) }

  private func openFile(_ state: inout State) {
    guard case .file(let path, let isInPlace) = sink, !state.isOpen, state.failure == nil else { return }
    if isInPlace {
      state.descriptor = Glibc.open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    } else {
      // A file without a name (Linux 3.11, open(2)) leaves nothing behind, however the process ends.
      state.descriptor =
        knowsNameless ? Glibc.open(Output.folder(of: path), Output.withoutName | O_WRONLY | O_CLOEXEC, Output.mode) : -1
      state.canBeNamed = state.descriptor >= 0
      if state.descriptor < 0, !knowsNameless || [EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(errno) {
        openNameless(&state, beside: path)
      }
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
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0.prefix(100))) } ?? ""
    return "\(folder(of: path))/\(name).\(String(UInt64.random(in: .min ... .max), radix: 36)).part"
  }

  /// Where the file system makes no file without a name: one whose name is taken away at once, to the same end.
  private func openNameless(_ state: inout State, beside path: String) {
    DeferredSignals.during {
      let part = Output.part(beside: path)
      state.descriptor = Output.create(part, O_RDWR)
      if state.descriptor >= 0 { unlink(part) }
    }
  }

  private static func create(_ path: String, _ access: Int32) -> Int32 {
    Glibc.open(path, access | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
  }

  /// Gives a whole file its name: at once where nothing has it yet, else by way of another, in an older one's place.
  private func takeName(_ state: inout State, _ path: String) {
    var old = stat()
    let replaces = stat(path, &old) == 0
    // Without it a power cut may leave the new name on an empty file, and the older one would be lost.
    if replaces, fsync(state.descriptor) != 0, errno != EINVAL { fail(&state, errno) }
    var name: String?
    if state.failure == nil, !replaces, state.canBeNamed, link(state, to: path) { name = path }
    if state.failure == nil, name == nil {
      let part = Output.part(beside: path)
      if state.canBeNamed ? link(state, to: part) : copy(&state, to: part) { name = part } else { fail(&state, errno) }
    }
    closeFile(&state)
    guard let name else { return }
    if state.failure == nil, name != path, rename(name, path) != 0 { fail(&state, errno) }
    if state.failure != nil { unlink(name) }
  }

  private func link(_ state: State, to path: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(state.descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
  }

  /// Copies what was written to a new file and goes on with that. False, with `errno`, where that failed and nothing is left.
  private func copy(_ state: inout State, to path: String) -> Bool {
    let target = Output.create(path, O_WRONLY)
    guard target >= 0 else { return false }
    var status = stat()
    var chunk = [UInt8](repeating: 0, count: Output.capacity)
    var isWhole = fstat(state.descriptor, &status) == 0 && fchmod(target, status.st_mode & 0o7777) == 0
    isWhole = isWhole && lseek(state.descriptor, 0, SEEK_SET) == 0
    while isWhole {
      let count = read(state.descriptor, &chunk, chunk.count)
      if count == 0 { break }
      isWhole = count > 0 ? Output.pass(chunk[..<count], to: target) : errno == EINTR
    }
    let reason = errno
    _ = Glibc.close(isWhole ? state.descriptor : target)
    if isWhole { state.descriptor = target } else { unlink(path) }
    errno = reason
    return isWhole
  }

  private func closeFile(_ state: inout State) {
    if Glibc.close(state.descriptor) != 0, state.failure == nil { fail(&state, errno) }
    state.isOpen = false
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
    guard Output.pass(state.buffer[...], to: descriptor) else { return fail(&state, errno) }
    state.buffer.removeAll(keepingCapacity: true)
  }

  /// Writes all bytes. False, with `errno`, where that failed.
  private static func pass(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count >= 0 {
          start += count
        } else if errno == EAGAIN {
          // A descriptor that somebody made non-blocking, as some terminals' parents do.
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wait, 1, -1)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
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
