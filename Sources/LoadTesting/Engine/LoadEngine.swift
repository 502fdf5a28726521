import Quantities
import Serving
import Wire

/// Loads a service from one thread: sends requests when the schedule says, takes in the answers, counts.
///
/// All memory is there before the first request; the way of a request allocates nothing and counts no references. One
/// read and one write a request, one clock reading an event, no change of the poller's list.
struct LoadEngine: ~Copyable {
  static let bufferSize = 65_536
  /// The end of each wait for the next arrival is spent looking, not sleeping: a sleeping thread wakes tens of
  /// microseconds late. At 1,000 requests a second this costs 5 % of a core.
  static let spin: Int64 = 50_000
  /// The longest wait, so that an interruption is noticed.
  static let longestWait: Int64 = 100_000_000

  let settings: LoadSettings
  /// Where to connect to, and where else while nothing has answered there.
  var endpoint: Endpoint
  var otherEndpoints: [Endpoint]
  /// Where connections go in turn, where they go to all addresses.
  let spread: [Endpoint]
  let tunnel: [UInt8]?
  /// How many addresses have been given up; whether the one that is left has taken a connection.
  var addressNumber = 0
  /// Why the system gave no socket, where that was this machine's own doing.
  var ownLimit: OwnLimit?
  var isReached = false
  let language: LoadTarget.Language
  var multiplex: Multiplex
  let context: SecureContext?
  var requests: RequestBuffer
  let keepsAlive: Bool
  /// What decides the requests and hears what came of each, where it is not the set and the schedule alone.
  let sessions: SessionCourse?
  var outcomes: OutcomeBuffer?
  var arrived = 0
  let mostRequests: Int
  let isOpen: Bool
  /// Whether no connection asks before all have their answers.
  let asksTogether: Bool
  let readsStreams: Bool
  /// Whether the kernel says when bytes came in, so that what the generator reads late is not the service's lateness.
  let readsStamps: Bool
  let timeout: Int64
  let think: Int64
  let connections: UnsafeMutablePointer<Connection>
  let connectionCount: Int
  let streams: UnsafeMutablePointer<TokenStream>
  /// Whether the content of answers is looked into: streams of tokens, or bodies that may tell of errors.
  let readsContent: Bool
  /// Whether the text of streams is kept, for what is asked next.
  let keepsText: Bool
  let bounds: UnsafeMutablePointer<LatencyBound>
  let boundCount: Int
  /// What decides what callers ask, where that is more than one request each, and when each goes on.
  let course: (any RequestCourse)?
  /// Whether whoever goes through several requests has a connection to themselves, and where that is, by caller.
  let keepsPlaces: Bool
  var placeOf: [Int32] = []
  /// How many callers a closed loop has begun.
  var callerCount = 0
  /// The requests that the course makes, one for each place.
  let made: UnsafeMutablePointer<CourseRequest>
  var wakes = WakeHeap()
  /// Where arrivals end.
  var end: Int64 = 0
  let buffer: UnsafeMutablePointer<UInt8>
  let poller: Poller

  /// Connections without a request, the longest idle first: a ring.
  let idle: UnsafeMutablePointer<Int32>
  var idleHead = 0
  var idleCount = 0
  /// When the ring was last filled after it had been empty.
  var availableSince: Int64 = 0

  /// Requests under way, the earliest deadline first.
  var underWayHead: Int32 = -1
  var underWayTail: Int32 = -1
  var underWay = 0

  var start: Int64 = 0
  var measureFrom: Int64 = 0
  var arrivals: ArrivalSchedule.Iterator?
  var nextDue: Int64 = .max
  var isStopping = false

  var records: LoadRecords

  init(_ target: LoadTarget, _ settings: LoadSettings, sessions: SessionCourse? = nil) throws(LoadTestingError) {
    // What read options and made requests is not needed while the test runs, some 10 MB: it goes before the engine's own
    // memory comes.
    ProcessMemory.releaseCode()
    try settings.check()
    let shared: SecureContext?
    do {
      shared = try Self.context(target.security)
    } catch {
      throw LoadTestingError(.badTarget, error.problem, remedy: error.remedy)
    }
    do {
      poller = try Poller(capacity: 512)
    } catch {
      throw LoadTestingError(.exhausted, error.problem, remedy: error.remedy)
    }
    self.settings = settings
    self.sessions = sessions
    precondition(sessions == nil || settings.course == nil, "a test goes through one kind of sessions")
    endpoint = target.endpoint
    otherEndpoints = target.otherEndpoints
    spread = target.usesAllAddresses ? [target.endpoint] + target.otherEndpoints : []
    tunnel = target.tunnel
    language = target.language
    context = shared
    requests = RequestBuffer(target.requests)
    keepsAlive = target.keepsAlive
    outcomes = settings.keepsOutcomes ? OutcomeBuffer(settings) : nil
    switch settings.pattern {
    case .open(let schedule):
      isOpen = true
      think = 0
      arrivals = schedule.makeIterator()
    case .closed(_, let pause):
      isOpen = false
      think = max(0, pause.nanoseconds)
    }
    mostRequests = settings.requests ?? .max
    asksTogether = !isOpen && settings.asksTogether
    readsStreams = settings.readsStreams
    readsStamps = settings.readsStreams || !settings.bounds.isEmpty
    let course = settings.course?()
    let classCount = course?.classes.count ?? target.requests.classes.count
    let boundCount = settings.bounds.count
    records = LoadRecords(classes: classCount, bounds: boundCount)
    self.course = course
    // A local, not the property: reading a property of a type that is not copied in the closure that `||` makes of its right
    // side, before all of them are set, makes Swift 6.3 destroy those that are not: optimized builds crash.
    let keepsText = course?.keepsText ?? false
    self.keepsText = keepsText
    readsContent = settings.readsStreams || settings.failsOnErrorBody || keepsText
    self.boundCount = boundCount
    bounds = .allocate(capacity: max(1, boundCount))
    for (i, bound) in settings.bounds.enumerated() { (bounds + i).initialize(to: bound) }
    timeout = settings.timeout.nanoseconds
    let isMultiplexed = target.language != .http1
    let keepsPlaces = settings.keepsSessionConnections && (course != nil || sessions != nil)
    self.keepsPlaces = keepsPlaces
    let perConnection = keepsPlaces ? 1 : settings.streamsPerConnection
    connectionCount = isMultiplexed ? settings.connections * perConnection : settings.connections
    multiplex = Multiplex(
      lanes: isMultiplexed ? settings.connections : 0, perLane: perConnection,
      requests: requests, isSecure: target.security != nil)
    connections = .allocate(capacity: connectionCount)
    connections.initialize(repeating: Connection(), count: connectionCount)
    streams = .allocate(capacity: readsContent ? connectionCount : 1)
    streams.initialize(repeating: TokenStream(), count: readsContent ? connectionCount : 1)
    made = .allocate(capacity: course == nil ? 1 : connectionCount)
    made.initialize(repeating: CourseRequest(), count: course == nil ? 1 : connectionCount)
    idle = .allocate(capacity: connectionCount)
    if isMultiplexed {
      // How many streams the service allows is not known before its first words: one a connection until then.
      for i in 0..<settings.connections { idle[i] = Int32(i * perConnection) }
      for i in 0..<settings.connections { connections[i * perConnection].phase = .idle }
      idleCount = settings.connections
    } else {
      for i in 0..<connectionCount { idle[i] = Int32(i) }
      idleCount = connectionCount
    }
    buffer = .allocate(capacity: Self.bufferSize)
    buffer.initialize(repeating: 0, count: Self.bufferSize)
    OpenFiles.allowMost()
    requests.prepared?.makeRoom(for: connectionCount)
    if let sessions, let prepared = requests.prepared { sessions.attach(prepared, connections: connectionCount) }
  }

  deinit {
    for i in 0..<connectionCount where connections[i].phase != .closed {
      if language != .http1 { break }
      connections[i].secure?.end()
      connections[i].stream.end()
    }
    connections.deallocate()
    streams.deinitialize(count: readsContent ? connectionCount : 1)
    streams.deallocate()
    made.deinitialize(count: course == nil ? 1 : connectionCount)
    made.deallocate()
    bounds.deallocate()
    idle.deallocate()
    buffer.deallocate()
  }

  private static func context(_ settings: SecuritySettings?) throws(WireError) -> SecureContext? {
    guard let settings else { return nil }
    return try SecureContext(settings)
  }

  /// Runs the test to its end.
  /// - Parameters:
  ///   - isInterrupted: looked at often; true stops new arrivals.
  ///   - onSecond: hears of each second that has passed.
  mutating func run(isInterrupted: () -> Bool, onSecond: (LoadSecond) -> Void) -> LoadResult {
    Monotonic.wakePunctually()
    start = Monotonic.now()
    availableSince = start
    measureFrom = start + settings.warmup.nanoseconds
    end = start + settings.duration.nanoseconds
    sessions?.start(at: start)
    records.begin(start: start, schedule: course == nil ? schedule : nil)
    records.closedLoopEnd = end
    records.measureFrom = measureFrom
    records.sliceLength = max(1, (end &- measureFrom) / Int64(LoadRecords.slices))
    if isOpen { advance() } else { beginCallers(start) }
    var stopped: Int64 = .max
    var now = start
    while true {
      if isInterrupted(), !isStopping {
        isStopping = true
        stopped = now
        records.interruptedAt = now
      }
      if !isOpen, now >= end { isStopping = true }
      if isOpen {
        // What is left of the backlog one timeout behind the end has been kept waiting long enough.
        if now > end &+ (sessions?.patience ?? timeout) { isStopping = true }
        if !isStopping { now = sendDue(now) }
      } else if !isStopping {
        now = course == nil ? askAgain(now) : sendDue(now)
      }
      expire(now)
      if multiplex.dirtyCount > 0 { flushChannels(now) }
      if now >= records.secondEnd { records.turnSeconds(now, underWay: underWay, onSecond) }
      if underWay == 0, isStopping || (isOpen && nextDue == .max && wakes.first == nil) { break }
      // Whoever pressed Ctrl-C does not wait for a slow service.
      if stopped != .max, now &- stopped > min(timeout, 2_000_000_000) { break }
      let before = now
      var wait = nextWake() &- now
      if wait > Self.spin, isOpen { wait = min(wait &- Self.spin, Self.longestWait) }
      if wait <= Self.spin, isOpen { wait = 0 }
      var count = isOpen ? 0 : poller.wait(nanoseconds: 0)
      if count == 0 {
        // Closed loop: answers come one upon the other. Looking for the next a while instead of sleeping spares the
        // service the waking, which on its core costs as much as an answer. Whoever else wants this core gets it.
        if !isOpen, underWay > 0 { count = look(until: min(before &+ Self.spin, before &+ wait)) }
        if count == 0 { count = poller.wait(nanoseconds: max(0, min(wait, Self.longestWait))) }
      }
      now = Monotonic.now()
      records.waited &+= now &- before
      for i in 0..<count {
        now = language == .http1 ? handle(poller.event(i), now) : handleChannel(poller.event(i), now)
        if isOpen || course != nil, nextSend <= now, !isStopping { now = sendDue(now) }
      }
    }
    return finish(now, end: end, onSecond)
  }

  /// Looks for events until there are some or it is time; gives back how many.
  private func look(until end: Int64) -> Int {
    while true {
      // Looking without a pause takes the list of events from the core that the answers come from, each time, and finds
      // them one by one: with 100 connections a pause of half to two microseconds is worth 4 to 5 % of all requests.
      Monotonic.pause(1_000)
      Monotonic.giveWay()
      let count = poller.wait(nanoseconds: 0)
      if count > 0 || Monotonic.now() >= end { return count }
    }
  }

  private var schedule: ArrivalSchedule? {
    if case .open(let schedule) = settings.pattern { schedule } else { nil }
  }

  /// When something has to be done without the network's asking.
  private func nextWake() -> Int64 {
    var wake = records.secondEnd
    if underWayHead >= 0 { wake = min(wake, connections[Int(underWayHead)].deadline) }
    if isStopping { return wake }
    if isOpen || course != nil { return min(wake, nextSend) }
    if idleCount == 0 || (asksTogether && idleCount < connectionCount) { return wake }
    return min(wake, connections[Int(idle[idleHead])].deadline)
  }

  // MARK: Arrivals

  /// - Parameter takesNew: whether what is due may be a new session; a connection must be free for it.
  mutating func advance(takesNew: Bool = true) {
    if let sessions {
      nextDue = sessions.advance(takesNew: takesNew)
    } else if let offset = arrivals?.next() {
      nextDue = start &+ offset
    } else {
      nextDue = .max
    }
  }

  /// Sends what is due as long as there are connections; gives back the time.
  mutating func sendDue(_ time: Int64) -> Int64 {
    var now = time
    while nextSend <= now {
      let due = nextSend
      guard let caller = nextCaller(due) else { continue }
      let own = keepsPlaces ? ownPlace(of: caller) : -1
      if own < 0, idleCount == 0 {
        // Whoever begins needs a place that nobody has.
        wakes.add(.init(time: now &+ 1_000_000, index: Int(caller), generation: 0))
        return now
      }
      let ready = own >= 0 ? due : max(due, availableSince)
      if due >= measureFrom {
        records.offered &+= 1
        records.noteDue(due)
        records.noteLag(now &- ready, wait: ready &- due)
      } else {
        records.excluded &+= 1
      }
      // The warmest connection: the last that had an answer. Over HTTP/2 they are places on few connections, in turn.
      let index = own >= 0 ? own : language == .http1 ? popWarmest() : popIdle()
      if keepsPlaces { bind(caller, to: index) }
      connections[index].lag = now &- ready
      connections[index].caller = caller
      begin(index, scheduled: due, now)
      now = Monotonic.now()
      if arrived >= mostRequests { stopAsking(due) }
    }
    if multiplex.dirtyCount > 0 { flushChannels(now) }
    return now
  }

  /// The number of requests is reached: no more are sent.
  mutating func stopAsking(_ time: Int64) {
    isStopping = true
    nextDue = .max
    records.enoughAt = time
  }

  /// Closed loop: lets the connections ask whose pause is over; gives back the time.
  mutating func askAgain(_ time: Int64) -> Int64 {
    var now = time
    // Each connection once: those that fail at once come back to the end of the ring.
    var left = asksTogether && idleCount < connectionCount ? 0 : idleCount
    while left > 0, connections[Int(idle[idleHead])].deadline <= now {
      left -= 1
      ask(popIdle(), now)
      now = Monotonic.now()
      if isStopping { break }
    }
    return now
  }

  @inline(__always) mutating func ask(_ index: Int, _ now: Int64) {
    if arrived >= mostRequests {
      stopAsking(now)
      pushIdle(index, now)
      return
    }
    if now >= measureFrom { records.offered &+= 1 } else { records.excluded &+= 1 }
    begin(index, scheduled: now, now)
  }

  // MARK: The ring of idle connections

  @inline(__always) mutating func popWarmest() -> Int {
    idleCount &-= 1
    var place = idleHead &+ idleCount
    if place >= connectionCount { place &-= connectionCount }
    return Int(idle[place])
  }
  @inline(__always) mutating func popIdle() -> Int {
    let index = Int(idle[idleHead])
    idleHead &+= 1
    if idleHead == connectionCount { idleHead = 0 }
    idleCount &-= 1
    return index
  }
  @inline(__always) mutating func pushIdle(_ index: Int, _ now: Int64) {
    var place = idleHead &+ idleCount
    if place >= connectionCount { place &-= connectionCount }
    idle[place] = Int32(truncatingIfNeeded: index)
    if idleCount == 0 { availableSince = now }
    idleCount &+= 1
  }

  // MARK: The list of requests under way

  @inline(__always) mutating func link(_ index: Int) {
    let here = Int32(truncatingIfNeeded: index)
    connections[index].next = -1
    connections[index].previous = underWayTail
    if underWayTail >= 0 { connections[Int(underWayTail)].next = here } else { underWayHead = here }
    underWayTail = here
    underWay &+= 1
  }
  @inline(__always) mutating func unlink(_ index: Int) {
    let next = connections[index].next
    let previous = connections[index].previous
    if previous >= 0 { connections[Int(previous)].next = next } else { underWayHead = next }
    if next >= 0 { connections[Int(next)].previous = previous } else { underWayTail = previous }
    underWay &-= 1
  }

  mutating func expire(_ now: Int64) {
    while underWayHead >= 0 {
      let index = Int(underWayHead)
      guard connections[index].deadline <= now else { return }
      conclude(index, connections[index].phase == .connecting ? .connect : .timeout, now, keeps: false)
    }
  }
}
