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

  /// Takes the caller whose request is due: -1 where requests are by themselves, nil where nobody asks any more.
  @inline(__always) mutating func nextCaller(_ due: Int64) -> Int32? {
    guard let course else {
      advance()
      return -1
    }
    if due < nextDue || wakes.first == due, let wake = wakes.popDue(due) {
      // A session that lasts beyond the end of the test is cut off there.
      return due >= end ? nil : Int32(truncatingIfNeeded: wake.index)
    }
    advance()
    return course.begin()
  }

  /// Closed loop: everybody begins.
  mutating func beginCallers() {
    guard let course else { return }
    for _ in 0..<settings.connections { wakes.add(.init(time: start, index: Int(course.begin()), generation: 0)) }
  }

  /// A caller has an answer, or none will come.
  mutating func goOn(_ index: Int, _ ending: Ending, _ now: Int64) {
    guard let course else { return }
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
    switch step {
    case .again(let pause): wake = now &+ max(0, pause)
    case .done:
      guard !isOpen else { return }
      next = course.begin()
      wake = now &+ think
    }
    // Whoever fails at once does not ask again at once.
    if !answer.isGood { wake = max(wake, now &+ 1_000_000) }
    if wake < end { wakes.add(.init(time: wake, index: Int(next), generation: 0)) }
  }
}
