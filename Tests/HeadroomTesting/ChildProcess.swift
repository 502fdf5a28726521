import Glibc
import Synchronization

/// A program that a test runs beside itself: its output can be waited for, and it ends with the object.
///
/// Foundation's Process hands down the signal mask of the thread that starts it, in which SIGTERM may be blocked;
/// the child then outlives the test. Here the mask is empty and the end is SIGKILL.
public final class ChildProcess: Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }
  public let id: pid_t
  private let output: Int32
  private let state = Mutex(State())
  private struct State {
    var text = ""
    /// The exit status, once collected.
    var status: Int32?
  }

  /// The path of a program, or nil where it is not installed. A name with a slash is a path.
  public static func find(_ name: String) -> String? {
    if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Starts a program by name. Its input is empty; output and error stream come together.
  public init(_ name: String, _ arguments: [String]) throws {
    guard let path = Self.find(name) else { throw Failure(description: "\(name) is not installed") }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure(description: "no pipe") }
    output = ends[0]
    defer { close(ends[1]) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    // Sockets and pipes of tests that run at the same time: held open by a child, they would never end for those
    // who wait for their end. Numbers that are not open are passed over.
    for handle in 3..<Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 1024)) {
      posix_spawn_file_actions_addclose(&actions, handle)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, &attributes, &words, environ)
    guard code == 0 else {
      close(ends[0])
      throw Failure(description: "\(name) does not start: \(String(cString: strerror(code)))")
    }
    id = child
  }

  deinit { end() }

  /// Reads on until the output is as wanted.
  /// - Returns: All output so far.
  /// - Throws: ``Failure`` where the program ends before.
  public func read(until isDone: (String) -> Bool) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let text = state.withLock { $0.text }
      if isDone(text) { return text }
      let count = Glibc.read(output, &buffer, buffer.count)
      if count == -1, errno == EINTR { continue }
      guard count > 0 else { throw Failure(description: "the program ended after: \(text)") }
      let more = String(decoding: buffer[..<count], as: UTF8.self)
      state.withLock { $0.text += more }
    }
  }

  /// Reads and forgets all further output, so that a full pipe does not stop the program.
  public func ignoreOutput() {
    let handle = output
    let copy = dup(handle)
    var thread = pthread_t()
    let argument = UnsafeMutableRawPointer(bitPattern: Int(copy) + 1)
    pthread_create(
      &thread, nil,
      { argument in
        let handle = Int32(Int(bitPattern: argument) - 1)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while Glibc.read(handle, &buffer, buffer.count) > 0 {}
        close(handle)
        return nil
      }, argument)
    pthread_detach(thread)
  }

  /// Waits until the program has ended by itself. - Returns: Its exit status, or minus the signal that ended it.
  public func wait() -> Int32 {
    state.withLock { state in
      if let status = state.status { return status }
      var raw: Int32 = 0
      while waitpid(id, &raw, 0) == -1, errno == EINTR {}
      let signal = raw & 0x7F
      let status = signal == 0 ? (raw >> 8) & 0xFF : -signal
      state.status = status
      close(output)
      return status
    }
  }

  /// Ends the program at once, if it still runs.
  public func end() {
    // Once collected, the number may belong to another process.
    if state.withLock({ $0.status == nil }) { kill(id, SIGKILL) }
    _ = wait()
  }

  /// Runs a program to its end.
  public static func run(_ name: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let child = try ChildProcess(name, arguments)
    var output = ""
    _ = try? child.read { text in
      output = text
      return false
    }
    return (child.wait(), output)
  }
}
