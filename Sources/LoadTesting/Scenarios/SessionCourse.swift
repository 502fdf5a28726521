import Quantities
import Wire

/// The sessions of a scenario test as they go on: which step is due when, what a request has in its holes, and what an
/// answer means for its session.
///
/// The engine's connections ask it for requests and tell it what comes back, by few words: ``advance()``,
/// ``begin(_:_:)``, ``takeHead(_:_:_:)``, ``takeBody(_:_:_:)``, ``conclude(_:_:_:)``. It touches no socket.
final class SessionCourse {
  private struct Session {
    var kind = 0
    var step = 0
    /// How often the step has been done.
    var times = 0
    var number = 0
    var started: Int64 = 0
    var values: [[UInt8]] = []
    var cookies = CookieJar()
    var random = RandomStream(seed: 0)
    /// Where a redirect leads, and how many were followed.
    var location: [UInt8]?
    var redirects = 0
    var hasFailed = false
    var due: Int64 = 0
    /// The connection that is its own, where sessions have one.
    var connection = -1
  }
  private struct Kind {
    let steps: [PreparedStep]
    /// The place of its first step among all.
    let first: Int
    /// Weights up to it, of 1.
    let cumulated: Double
  }

  let patience: Int64
  private let kinds: [Kind]
  private let rows: [(firstSlot: Int, rows: [[[UInt8]]], isRandom: Bool)]
  private let constants: [(slot: Int, value: [UInt8])]
  private let slotCount: Int
  private let locationSlot: Int
  private let keepsCookies: Bool
  private let authority: [UInt8]
  private let seed: UInt64
  private var arrivals: ArrivalSchedule.Iterator
  private var startTime: Int64 = 0
  private var measureFrom: Int64
  private let warmup: Int64

  private var sessions: [Session] = []
  private var free: [Int] = []
  private var waiting = WakeHeap()
  private var arrival: Int64 = .max
  private var arrived = 0
  private var requestNumber = 0
  private var hasBegun = false
  /// The session whose step the engine sends next; -1 for a new one.
  private var chosen = -1
  private var chosenDue: Int64 = 0

  private var prepared: PreparedRequests?
  /// By connection: whose request is on it, and what has come of its answer.
  private var sessionOf: [Int] = []
  private var isKept: [Bool] = []
  private var heads: UnsafeMutablePointer<ByteStore>?
  private var bodies: UnsafeMutablePointer<ByteStore>?
  private var connections = 0
  private var unpacked = ByteStore()

  private(set) var figures: SessionFigures
  private let durations: UnsafeMutablePointer<LatencyRecorder>

  /// The set of a scenario's requests, and the course of its sessions.
  static func make(
    _ scenario: Scenario, target: LoadTarget, schedule: ArrivalSchedule, seed: UInt64
  ) throws(LoadTestingError) -> (requests: RequestSet, course: SessionCourse) {
    var slots = TextTemplate.Names()
    var rows: [(firstSlot: Int, rows: [[[UInt8]]], isRandom: Bool)] = []
    for data in scenario.data {
      let columns = (data.rows.first ?? [:]).keys.sorted()
      let first = slots.count
      for column in columns { _ = slots.add(data.name.isEmpty ? column : "\(data.name).\(column)") }
      rows.append(
        (first, data.rows.map { row in columns.map { Array((row[$0] ?? "").utf8) } }, data.isRandom))
    }
    var constants: [(slot: Int, value: [UInt8])] = []
    for (name, value) in scenario.constants { constants.append((slots.add(name), Array(value.utf8))) }
    for kind in scenario.kinds {
      for step in kind.steps { for take in step.takes { _ = slots.add(take.name) } }
    }
    let locationSlot = slots.add(Self.location)
    let total = scenario.kinds.reduce(0) { $0 + $1.weight }
    // A service below a path: its steps stand below it.
    let base = target.path.prefix { $0 != "?" }
    let prefix = base.hasSuffix("/") ? String(base.dropLast()) : String(base)
    var kinds: [Kind] = []
    var classes: [RequestSet.Class] = []
    var weight = 0.0
    for kind in scenario.kinds {
      let first = classes.count
      var steps: [PreparedStep] = []
      for step in kind.steps {
        var template = step.request
        if let path = template.path, !prefix.isEmpty { template.path = prefix + path }
        let request = try PreparedRequest(template, to: target, names: slots, seed: seed)
        var redirect: PreparedRequest?
        if step.redirects > 0 {
          // RFC 9110, 15.4: GET at the place that was named, whatever the method was, and without its content.
          let kept = step.request.headers.filter { !$0.lowercased().hasPrefix("content-") }
          redirect = try PreparedRequest(
            RequestTemplate(method: "GET", path: "/{{\(Self.location)}}", headers: kept), to: target, names: slots,
            seed: seed, isPathEncoded: true)
        }
        steps.append(
          try PreparedStep(step, slots: slots, keepsCookies: scenario.keepsCookies, redirect: redirect))
        classes.append(RequestSet.Class(name: scenario.title(kind, step), requests: [LoadRequest(request)]))
      }
      weight += kind.weight
      kinds.append(Kind(steps: steps, first: first, cumulated: weight / total))
    }
    let course = SessionCourse(
      scenario, kinds: kinds, rows: rows, constants: constants, slots: slots.count, locationSlot: locationSlot,
      authority: Array(target.authority.utf8), schedule: schedule, seed: seed)
    return (RequestSet(classes), course)
  }
  /// A name that no user can write.
  private static let location = "\u{1}location"

  private init(
    _ scenario: Scenario, kinds: [Kind], rows: [(firstSlot: Int, rows: [[[UInt8]]], isRandom: Bool)],
    constants: [(slot: Int, value: [UInt8])], slots: Int, locationSlot: Int, authority: [UInt8],
    schedule: ArrivalSchedule, seed: UInt64
  ) {
    self.kinds = kinds
    self.rows = rows
    self.constants = constants
    slotCount = slots
    self.locationSlot = locationSlot
    keepsCookies = scenario.keepsCookies
    self.authority = authority
    self.seed = seed
    patience = max(scenario.patience.nanoseconds, scenario.timeout.nanoseconds)
    warmup = scenario.warmup.nanoseconds
    measureFrom = 0
    arrivals = schedule.makeIterator()
    figures = SessionFigures(scenario)
    durations = .allocate(capacity: kinds.count)
    for i in 0..<kinds.count { (durations + i).initialize(to: LatencyRecorder()) }
  }

  deinit {
    for i in 0..<connections {
      heads?[i].end()
      bodies?[i].end()
    }
    heads?.deallocate()
    bodies?.deallocate()
    unpacked.end()
    durations.deinitialize(count: kinds.count)
    durations.deallocate()
  }

  /// Where the bytes of requests go, and how many connections carry them.
  func attach(_ prepared: PreparedRequests, connections: Int) {
    self.prepared = prepared
    self.connections = connections
    sessionOf = [Int](repeating: -1, count: connections)
    isKept = [Bool](repeating: false, count: connections)
    let heads = UnsafeMutablePointer<ByteStore>.allocate(capacity: connections)
    let bodies = UnsafeMutablePointer<ByteStore>.allocate(capacity: connections)
    for i in 0..<connections {
      (heads + i).initialize(to: ByteStore())
      (bodies + i).initialize(to: ByteStore())
    }
    self.heads = heads
    self.bodies = bodies
  }

  func start(at time: Int64) {
    startTime = time
    measureFrom = time &+ warmup
  }

  // MARK: What is due

  /// When the next step is due; `Int64.max` where none is, for now.
  var nextDue: Int64 { min(arrival, waiting.first ?? .max) }
  /// The same of sessions that are under way.
  var nextStep: Int64 { waiting.first ?? .max }
  /// The connection of the session whose step is sent next, where it has had one; -1 for a new session.
  var chosenConnection: Int { chosen >= 0 ? sessions[chosen].connection : -1 }
  /// Whether a session that goes on had its last answer on this connection.
  func isHeld(_ connection: Int) -> Bool { connection < isKept.count && isKept[connection] }

  /// Takes what is due next, for ``begin(_:_:)``, and says when something is due after it.
  /// - Parameter takesNew: whether a new session may begin; else only those under way go on.
  func advance(takesNew: Bool = true) -> Int64 {
    guard hasBegun else {
      hasBegun = true
      arrival = arrivals.next().map { startTime &+ $0 } ?? .max
      return nextDue
    }
    if let first = waiting.first, first <= arrival || !takesNew, let wake = waiting.popDue(first) {
      chosen = wake.index
      chosenDue = wake.time
    } else if arrival != .max, takesNew {
      chosen = -1
      chosenDue = arrival
      arrival = arrivals.next().map { startTime &+ $0 } ?? .max
    }
    return nextDue
  }

  /// Puts the request of what ``advance()`` took on a connection.
  /// - Returns: which of the set's requests it is.
  func begin(_ connection: Int, _ now: Int64) -> Int32 {
    let place = chosen >= 0 ? chosen : open(chosenDue)
    sessionOf[connection] = place
    sessions[place].connection = connection
    sessions[place].due = chosenDue
    heads?[connection].clear()
    bodies?[connection].clear()
    let kind = kinds[sessions[place].kind]
    let number = kind.first + sessions[place].step
    var filling = TextTemplate.Filling(
      row: requestNumber, session: sessions[place].number, now: PreparedRequests.now(),
      random: sessions[place].random, values: sessions[place].values)
    requestNumber &+= 1
    if let location = sessions[place].location, let redirect = kind.steps[sessions[place].step].redirect {
      // Its first slash is the template's own.
      filling.values[locationSlot] = Array(location.dropFirst())
      if keepsCookies { filling.cookies = cookies(of: place, for: location) }
      prepared?.fill(redirect, &filling, on: connection)
    } else if keepsCookies, !sessions[place].cookies.isEmpty {
      prepared?.fill(number, &filling, on: connection) { path in self.sessions[place].cookies.header(for: path) }
    } else {
      prepared?.fill(number, &filling, on: connection)
    }
    sessions[place].random = filling.random
    return Int32(truncatingIfNeeded: number)
  }

  private func cookies(of place: Int, for path: [UInt8]) -> [UInt8] {
    path.withUnsafeBufferPointer { sessions[place].cookies.header(for: $0) }
  }

  /// A new session.
  private func open(_ time: Int64) -> Int {
    var session = Session()
    session.number = arrived
    session.started = time
    session.random = RandomStream(seed: seed, item: UInt64(truncatingIfNeeded: arrived))
    arrived &+= 1
    if kinds.count > 1 {
      let dice = session.random.uniform()
      while session.kind < kinds.count - 1, dice >= kinds[session.kind].cumulated { session.kind += 1 }
    }
    session.values = [[UInt8]](repeating: [], count: slotCount)
    for (slot, value) in constants { session.values[slot] = value }
    for data in rows where !data.rows.isEmpty {
      let number =
        data.isRandom
        ? min(data.rows.count - 1, Int(session.random.uniform() * Double(data.rows.count)))
        : session.number % data.rows.count
      for (i, value) in data.rows[number].enumerated() { session.values[data.firstSlot + i] = value }
    }
    if time >= measureFrom { figures.kinds[session.kind].started += 1 }
    if let place = free.popLast() {
      sessions[place] = session
      return place
    }
    sessions.append(session)
    return sessions.count - 1
  }

  // MARK: What comes back

  func takeHead(_ connection: Int, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
    guard count > 0, step(on: connection)?.needsHead == true else { return }
    heads?[connection].append(bytes, count)
  }

  func takeBody(_ connection: Int, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
    guard count > 0, step(on: connection)?.needsBody == true, let bodies,
      bodies[connection].count + count <= Self.longestBody
    else { return }
    bodies[connection].append(bytes, count)
  }
  /// What is kept of a body at most: 16 MiB.
  static let longestBody = 16 << 20

  private func step(on connection: Int) -> PreparedStep? {
    let place = sessionOf[connection]
    guard place >= 0 else { return nil }
    return kinds[sessions[place].kind].steps[sessions[place].step]
  }

  /// A request has come to its end: takes values and cookies out of the answer, checks it, and lets the session go on.
  /// - Returns: the ending as the checks see it.
  func conclude(_ connection: Int, _ ending: Ending, _ now: Int64) -> Ending {
    let place = sessionOf[connection]
    guard place >= 0 else { return ending }
    sessionOf[connection] = -1
    isKept[connection] = true
    let kindNumber = sessions[place].kind
    let kind = kinds[kindNumber]
    let number = sessions[place].step
    let step = kind.steps[number]
    let isMeasured = sessions[place].started >= measureFrom
    guard case .answered(let status) = ending, let heads, let bodies else {
      goOn(place, step, isGood: false, isMeasured, now)
      return ending
    }
    let head = HeaderLines(bytes: Self.lines(heads[connection].view))
    if keepsCookies { takeCookies(head, place, connection) }
    // 307 and 308 keep the method: what is no GET is not repeated (RFC 9110, 15.4.8 and 15.4.9).
    if step.redirects > 0, (300..<400).contains(status), status != 304, step.isRead || status < 307,
      let location = head.first(Self.locationHeader).flatMap({ self.path($0) })
    {
      if sessions[place].redirects < step.redirects {
        sessions[place].redirects += 1
        sessions[place].location = location
        waiting.add(WakeHeap.Wake(time: now, index: place, generation: 0))
        return ending
      }
    }
    let body = step.needsBody ? content(head, bodies[connection]) : bodies[connection].view
    let missed = step.firstMissed(
      status: status, head: head, body: body, elapsed: now &- sessions[place].due, sessions[place].values)
    var isGood = missed == nil
    if isMeasured {
      figures.note(kindNumber, number, checks: step.checks.count, missed: missed)
    }
    if isGood {
      for (i, item) in step.takes.enumerated() {
        if let value = step.value(item.take, status: status, head: head, body: body) {
          sessions[place].values[item.slot] = value
        } else {
          isGood = false
          if isMeasured { figures.noteNotFound(kindNumber, number, i) }
        }
      }
    }
    goOn(place, step, isGood: isGood, isMeasured, now)
    return .judged(status: status, isGood: isGood)
  }

  /// The next step of a session, or its end.
  private func goOn(_ place: Int, _ step: PreparedStep, isGood: Bool, _ isMeasured: Bool, _ now: Int64) {
    sessions[place].location = nil
    sessions[place].redirects = 0
    if !isGood { sessions[place].hasFailed = true }
    sessions[place].times += 1
    if sessions[place].times >= step.times {
      sessions[place].times = 0
      sessions[place].step += 1
    }
    let kind = sessions[place].kind
    if sessions[place].step < kinds[kind].steps.count, isGood || step.goesOn {
      var pause = step.think.least
      if step.think.most > pause {
        pause += Int64(sessions[place].random.uniform() * Double(step.think.most - pause))
      }
      waiting.add(WakeHeap.Wake(time: now &+ pause, index: place, generation: 0))
      return
    }
    if isMeasured {
      if sessions[place].hasFailed {
        figures.kinds[kind].failed += 1
      } else {
        figures.kinds[kind].completed += 1
        durations[kind].record(now &- sessions[place].started)
      }
    }
    if sessions[place].connection >= 0 { isKept[sessions[place].connection] = false }
    sessions[place].values = []
    sessions[place].cookies = CookieJar()
    free.append(place)
  }

  private static let locationHeader = Array("location".utf8)
  /// The fields, without the line of the status.
  private static func lines(_ head: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    var rest = head
    while let end = rest.firstIndex(of: 10) {
      // Interim answers (1xx) stand before the one that counts.
      let isInterim = end > 9 && rest[9] == 0x31
      rest = UnsafeBufferPointer(rebasing: rest[(end + 1)...])
      guard isInterim else { return rest }
      while let lineEnd = rest.firstIndex(of: 10) {
        let isEmpty = lineEnd == 0 || lineEnd == 1 && rest[0] == 13
        rest = UnsafeBufferPointer(rebasing: rest[(lineEnd + 1)...])
        if isEmpty { break }
      }
    }
    return rest
  }

  private func takeCookies(_ head: HeaderLines, _ place: Int, _ connection: Int) {
    let word: StaticString = "set-cookie"
    let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    head.forEach { name, value in
      if name.count == wanted.count, HeaderLines.isWord(name, wanted) {
        sessions[place].cookies.set(value, requestPath: prepared?.path(on: connection) ?? wanted)
      }
    }
  }

  /// The path that a `Location` names at this service; nil where it leads elsewhere.
  private func path(_ location: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    if location.first == 0x2F, location.count < 2 || location[1] != 0x2F { return Self.cleaned(location[...]) }
    for scheme in ["http://", "https://"] {
      let prefix = Array(scheme.utf8) + authority
      guard location.starts(with: prefix) else { continue }
      let rest = location[prefix.count...]
      if rest.isEmpty { return [0x2F] }
      return rest.first == 0x2F ? Self.cleaned(rest) : nil
    }
    return nil
  }
  /// Nothing that would end a request's line.
  private static func cleaned(_ path: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    path.contains { $0 <= 32 || $0 == 127 } ? nil : Array(path.prefix { $0 != 0x23 })
  }

  /// The content of a body, unpacked where it came packed.
  private func content(_ head: HeaderLines, _ body: ByteStore) -> UnsafeBufferPointer<UInt8> {
    guard let coding = head.first(Self.contentEncoding).flatMap({ ContentCoding(header: $0) }) else { return body.view }
    unpacked.clear()
    unpacked.append(coding.unpacked(body.view) ?? [])
    return unpacked.view
  }
  private static let contentEncoding = Array("content-encoding".utf8)

  /// What came of the sessions, once the test is over.
  func finish() -> SessionFigures {
    var result = figures
    result.close()
    for i in 0..<kinds.count { result.kinds[i].duration = durations[i].spectrum() }
    let ended = Set(free)
    for place in sessions.indices where !ended.contains(place) && sessions[place].started >= measureFrom {
      result.kinds[sessions[place].kind].unfinished += 1
    }
    return result
  }
}
