import Glibc

/// A program of this machine, run to its end.
struct Program {
  /// What it said.
  struct Result {
    /// Its exit status, or 128 and the number of the signal that ended it.
    var status: Int32
    var output: String
    var errors: String
  }

  /// The path of a program: a path as it is, a name along PATH and in the folders where daemons lie.
  static func find(_ name: String) -> String? {
    if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return (path.split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/sbin"]).map { "\($0)/\(name)" }
      .first { access($0, X_OK) == 0 }
  }

  /// - Parameters:
  ///   - path: as ``find(_:)`` gives it.
  ///   - log: a file for all that it says, in place of the result.
  /// - Throws: ``ConnectingError`` where it cannot be started.
  static func run(_ path: String, _ arguments: [String], log: String? = nil) throws(ConnectingError) -> Result {
    var outputs: [Int32] = [-1, -1]
    var errors: [Int32] = [-1, -1]
    guard pipe(&outputs) == 0, pipe(&errors) == 0 else { throw fault(path, errno) }
    // What this program keeps open, a child that is started beside it must not.
    for end in outputs + errors { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { for end in [outputs[0], errors[0]] { close(end) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let log {
      posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    } else {
      posix_spawn_file_actions_adddup2(&actions, outputs[1], 1)
      posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { (word: String) in strdup(word) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, nil, &words, environ)
    for end in [outputs[1], errors[1]] { close(end) }
    guard code == 0 else { throw fault(path, code) }
    let texts = read(outputs[0], errors[0])
    var raw: Int32 = 0
    while waitpid(child, &raw, 0) == -1, errno == EINTR {}
    let signal = raw & 0x7F
    return Result(status: signal == 0 ? (raw >> 8) & 0xFF : 128 + signal, output: texts.0, errors: texts.1)
  }

  /// Both streams at once: a program that fills one while the other is read would wait for ever.
  private static func read(_ first: Int32, _ second: Int32) -> (String, String) {
    var ends = [
      pollfd(fd: first, events: Int16(POLLIN), revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0),
    ]
    var texts: [[UInt8]] = [[], []]
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while ends.contains(where: { $0.fd >= 0 }) {
      guard poll(&ends, nfds_t(ends.count), -1) >= 0 || errno == EINTR else { break }
      for i in ends.indices where ends[i].fd >= 0 && ends[i].revents != 0 {
        let n = Glibc.read(ends[i].fd, &buffer, buffer.count)
        if n < 0, errno == EINTR { continue }
        if n <= 0 { ends[i].fd = -1 } else { texts[i] += buffer[..<n] }
      }
    }
    return (String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self))
  }

  private static func fault(_ path: String, _ code: Int32) -> ConnectingError {
    ConnectingError(
      .unreachable, "\(path) cannot be started: \(String(cString: strerror(code)))", remedy: "try it by hand")
  }
}

/// Programs of this machine that others may look for.
public enum InstalledProgram {
  /// Where a program lies: along PATH, and where daemons do; nil where it is not installed.
  public static func find(_ name: String) -> String? { Program.find(name) }

  /// What a program says of its version: the first line, its own words kept; nil where it says nothing.
  public static func version(_ path: String, _ arguments: [String]) -> String? {
    guard let said = try? Program.run(path, arguments) else { return nil }
    let line = (said.output + "\n" + said.errors).split(separator: "\n").first { $0.contains(where: \.isNumber) }
    return line.map { String($0.prefix(60)) }
  }
}
