import Glibc
import Quantities
import Wire

/// A service that a test starts by a command and ends again, with everything that the command started.
///
/// It runs in a process group of its own, so that Ctrl-C does not reach it and ending it reaches all of it. Its output
/// goes to the error stream, so that results stay clean.
final class StartedService {
  let pid: pid_t
  private var status: Int32?

  init(command: String) throws(LoadTestingError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, 2, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var words: [UnsafeMutablePointer<CChar>?] =
      ["/bin/sh", "-c", command].map { (word: String) in strdup(word) }
      + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, environ)
    guard code == 0 else {
      throw LoadTestingError(
        .exhausted, "the command does not start: \(String(cString: strerror(code)))", remedy: "try it by hand first")
    }
    pid = child
  }

  /// The exit status, or 128 and the signal's number, once it has ended.
  func ended() -> Int32? {
    if let status { return status }
    var raw: Int32 = 0
    guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
    let signal = raw & 0x7F
    status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
    return status
  }

  /// Asks it to end, and ends it after five seconds.
  func end() {
    // The group outlives the shell where that has left others behind.
    kill(-pid, SIGTERM)
    for _ in 0..<500 where ended() == nil { usleep(10_000) }
    kill(-pid, SIGKILL)
    while ended() == nil { usleep(1_000) }
  }

  /// Whether somebody takes connections there.
  static func isListening(_ endpoint: Endpoint) -> Bool {
    guard let stream = Stream.connecting(to: endpoint) else { return false }
    defer { stream.end() }
    do throws(WireError) {
      let poller = try Poller(capacity: 4)
      guard poller.add(stream, token: 1), poller.wait(nanoseconds: 100_000_000) > 0 else { return false }
      return stream.connectFailure() == nil && poller.event(0).isWritable
    } catch {
      return false
    }
  }
}
