import Glibc
import Quantities
import Wire

/// Moves a faulty network's bytes, on one thread: the schedule's clock and the signals. What may go when is decided by
/// ``FaultPipe`` and ``FaultSchedule``, sockets are the ``Relay``'s.
final class ChaosEngine {
  private static let longestWait: Int64 = 50_000_000

  private let settings: ChaosProxy.Settings
  private let processes: [Int: ProcessHandle]
  private let relay: Relay<FaultCourse>
  private let course: FaultCourse
  /// Processes that were stopped last, not continued.
  private var stopped: Set<Int> = []

  init(_ proxy: ChaosProxy) throws(LoadTestingError) {
    settings = proxy.settings
    processes = proxy.processes
    course = FaultCourse(seed: settings.seed)
    course.result.entries = settings.schedule.faults.map { ChaosResult.Entry(fault: $0) }
    relay = try Relay(proxy.listener, to: proxy.service, clients: settings.clients, course)
  }

  func run(startedAt: () -> Int64?, isInterrupted: () -> Bool, onFault: (String) -> Void) -> ChaosResult {
    Monotonic.wakePunctually()
    let began = Monotonic.now()
    var started: Int64?
    var now = began
    while true {
      if started == nil { started = startedAt() }
      if isInterrupted() { break }
      var nextChange = Int64.max
      if let started {
        if let duration = settings.duration, now &- started >= duration.nanoseconds { break }
        nextChange = turn(now, from: started, onFault)
      }
      relay.accept(now)
      var wait = min(Self.longestWait, nextChange &- now)
      if started == nil { wait = min(wait, 1_000_000) }
      if let wake = relay.nextWake { wait = min(wait, wake &- now) }
      if relay.hasQueued || relay.canAccept { wait = 0 }
      let count = relay.poller.wait(nanoseconds: max(0, wait))
      now = Monotonic.now()
      for i in 0..<count { relay.take(relay.poller.event(i), now) }
      relay.takeTurns(now)
    }
    relay.end { _ in true }
    // Whatever stopped a process lets it go on: nobody finds it frozen after the test.
    for pid in stopped.sorted() where processes[pid]?.send(SIGCONT) == true { course.result.resumed.append(pid) }
    course.result.duration = .nanoseconds(now &- (started ?? began))
    return course.result
  }

  // MARK: Faults

  /// Which faults have begun and ended.
  private var position = 0
  /// Those that go on, by their place in the schedule, with their ends.
  private var ends: [(time: Duration, place: Int)] = []

  /// Lets begin and end what is due; gives back when something is next.
  private func turn(_ now: Int64, from start: Int64, _ onFault: (String) -> Void) -> Int64 {
    let time = Duration.nanoseconds(now &- start)
    let faults = settings.schedule.faults
    var hasChanged = false
    while position < faults.count, faults[position].start <= time {
      begin(position, onFault)
      if let end = faults[position].end { ends.append((end, position)) }
      course.ongoing.append(position)
      position += 1
      hasChanged = true
    }
    let over = ends.filter { $0.time <= time }
    if !over.isEmpty {
      for (_, place) in over {
        onFault("ended: \(faults[place])")
        course.ongoing.removeAll { $0 == place }
      }
      ends.removeAll { $0.time <= time }
      hasChanged = true
    }
    if hasChanged {
      course.toxics = settings.schedule.toxics(at: time)
      relay.moveAll(now)
    }
    let times = ends.map(\.time) + (position < faults.count ? [faults[position].start] : [])
    return times.min().map { start &+ $0.nanoseconds } ?? .max
  }

  private func begin(_ place: Int, _ onFault: (String) -> Void) {
    let fault = settings.schedule.faults[place]
    switch fault.kind {
    case .signal(let signal, let pid):
      let number =
        switch signal {
        case .stop: SIGSTOP
        case .resume: SIGCONT
        case .terminate: SIGTERM
        case .kill: SIGKILL
        }
      let isSent = processes[pid]?.send(number) ?? false
      course.result.entries[place].hasHappened = isSent
      if isSent, signal == .stop { stopped.insert(pid) } else { stopped.remove(pid) }
      onFault(isSent ? "sent: \(fault)" : "not sent, the process has ended: \(fault)")
    case .toxics(let toxics):
      course.result.entries[place].hasHappened = true
      relay.reset { session in
        if course.isReset(session, by: toxics) {
          course.result.entries[place].resets += 1
          return true
        }
        if toxics.swallows, !session.back.isSwallowing {
          course.result.entries[place].swallowed += 1
          course.swallow(session)
        }
        return false
      }
      onFault("begun: \(fault)")
    }
  }
}
