import Quantities

/// What decides, caller by caller, what is sent and when: sessions of several requests, and requests that are made only
/// as they are sent. The engine asks and tells on its own thread.
protocol RequestCourse: AnyObject {
  /// The classes of requests that figures are told apart by.
  var classes: [String] { get }
  /// Whether ``end(_:_:_:)`` is given the text of streams.
  var keepsText: Bool { get }
  /// Somebody begins; their number, which is at most 2^31 - 1.
  func begin() -> Int32
  /// Writes the next request of a caller.
  func write(_ caller: Int32, into request: inout CourseRequest)
  /// An answer, or what came instead: when the caller goes on.
  func end(_ caller: Int32, _ answer: CourseAnswer, text: [UInt8]) -> CourseStep
}

/// A request that a course has made: head and body.
struct CourseRequest {
  var bytes: [UInt8] = []
  /// One of the course's classes.
  var kind: UInt16 = 0
  var isHead = false
  /// Which it is, for the list of outcomes.
  var number: Int32 = 0
}

/// What came of a caller's request.
struct CourseAnswer {
  var isGood: Bool
  /// 0 where no whole answer came.
  var status: Int
  /// Tokens of a stream.
  var tokens: Int
}

/// How a caller goes on.
enum CourseStep {
  /// With another request, so many nanoseconds after the answer.
  case again(after: Int64)
  case done
}

extension LoadEngine {
  /// When the next request is due: an arrival's first, or the next of somebody who is under way.
  @inline(__always) var nextArrival: Int64 { course == nil ? nextDue : min(nextDue, wakes.first ?? .max) }

  /// When something is due that could be sent as connections are: what comes new needs one that nobody has.
  @inline(__always) var nextSend: Int64 {
    if idleCount > 0 { return nextArrival }
    guard keepsPlaces else { return .max }
    return sessions.map(\.nextStep) ?? wakes.first ?? .max
  }

  /// The place that a caller has; -1 where they have none yet.
  func ownPlace(of caller: Int32) -> Int {
    if let sessions { return sessions.chosenConnection }
    return Int(caller) < placeOf.count ? Int(placeOf[Int(caller)]) : -1
  }

  /// From now on the place is the caller's. What a scenario's session has, that knows itself.
  mutating func bind(_ caller: Int32, to index: Int) {
    guard caller >= 0 else { return }
    while placeOf.count <= Int(caller) { placeOf.append(-1) }
    placeOf[Int(caller)] = Int32(truncatingIfNeeded: index)
  }

  /// Whoever had the place has done: their connection ends with them.
  mutating func endSession(on index: Int) {
    let caller = Int(connections[index].caller)
    if caller >= 0, caller < placeOf.count { placeOf[caller] = -1 }
    if language == .http1 {
      close(index)
    } else {
      let channel = Int(multiplex.current[index / multiplex.perLane])
      if channel >= 0 { detach(channel) }
    }
  }

  /// Takes the caller whose request is due: -1 where requests are by themselves, nil where nobody asks any more.
  @inline(__always) mutating func nextCaller(_ due: Int64) -> Int32? {
    guard let course else {
      advance(takesNew: !keepsPlaces || idleCount > 0)
      return -1
    }
    if due < nextDue || wakes.first == due, let wake = wakes.popDue(due) {
      // A session that lasts beyond the end of the test is cut off there.
      return due >= end ? nil : Int32(truncatingIfNeeded: wake.index)
    }
    advance()
    return course.begin()
  }

  /// Closed loop: as many begin as there may be requests at a time. Over HTTP/2 more do once the service has said how
  /// many it allows.
  mutating func beginCallers(_ now: Int64) {
    guard let course, !isOpen else { return }
    let most =
      language == .http1 ? connectionCount : multiplex.lanes * min(multiplex.limit, multiplex.perLane)
    while callerCount < most {
      callerCount += 1
      wakes.add(.init(time: now, index: Int(course.begin()), generation: 0))
    }
  }

  /// A caller has an answer, or none will come.
  /// - Returns: whether they ask again on the same connection.
  mutating func goOn(_ index: Int, _ ending: Ending, _ now: Int64) -> Bool {
    guard let course else { return false }
    let caller = connections[index].caller
    var answer = CourseAnswer(isGood: false, status: 0, tokens: 0)
    if case .answered(let status) = ending {
      answer.isGood = status < 400
      answer.status = status
    }
    if readsStreams { answer.tokens = streams[index].tokens }
    let step = course.end(caller, answer, text: keepsText ? streams[index].text : [])
    var wake = now
    var next = caller
    var goesOn = true
    switch step {
    case .again(let pause): wake = now &+ max(0, pause)
    case .done:
      guard !isOpen else { return false }
      goesOn = false
      next = course.begin()
      wake = now &+ think
    }
    // Whoever fails at once does not ask again at once.
    if !answer.isGood { wake = max(wake, now &+ 1_000_000) }
    guard wake < end else { return false }
    if !goesOn, keepsPlaces, Int(next) < placeOf.count { placeOf[Int(next)] = -1 }
    wakes.add(.init(time: wake, index: Int(next), generation: 0))
    return goesOn
  }
}
