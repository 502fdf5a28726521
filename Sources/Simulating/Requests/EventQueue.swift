/// Something that happens at a time. All events are in one order: by time, then by priority, then in the order in which
/// they were made; so a run does not depend on how a heap breaks ties.
struct Event {
  enum Kind: UInt8 {
    // In the order in which they happen at one time: what ends makes room before what begins.
    case served, batchServed, shared, batchDelay, patience, timeout, deadline, hedge, retry, user
    // Of the world of tokens: a cache has come over the network, or up from a tier below; a session's next turn.
    case handedOver, fetched, turn
  }
  var time: Double
  /// The priority in the highest byte, a running number below.
  var order: UInt64
  var kind: Kind
  var subject: Int32
  /// Of what `subject` was when the event was made: another generation's event means nothing.
  var generation: UInt32

  @inline(__always)
  static func < (a: Event, b: Event) -> Bool { a.time < b.time || (a.time == b.time && a.order < b.order) }
}

/// Events by time: a binary heap.
struct EventHeap {
  private var events: [Event] = []

  var first: Event? { events.first }

  mutating func push(_ event: Event) {
    events.append(event)
    var hole = events.count - 1
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard event < events[parent] else { break }
      events[hole] = events[parent]
      hole = parent
    }
    events[hole] = event
  }

  mutating func removeFirst() {
    let last = events.removeLast()
    guard !events.isEmpty else { return }
    var hole = 0
    var child = 1
    while child < events.count {
      if child + 1 < events.count, events[child + 1] < events[child] { child += 1 }
      guard events[child] < last else { break }
      events[hole] = events[child]
      hole = child
      child = 2 * hole + 1
    }
    events[hole] = last
  }
}

/// First in, first out, in a ring that grows: timers of one length (which come due in the order in which they were set), and
/// requests in a line.
struct Ring<Element> {
  private var slots: [Element?] = Array(repeating: nil, count: 8)
  private var head = 0
  private(set) var count = 0

  var first: Element? { count > 0 ? slots[head] : nil }

  mutating func append(_ element: Element) {
    if count == slots.count {
      var wider: [Element?] = []
      wider.reserveCapacity(count * 2)
      for i in 0..<count { wider.append(slots[(head + i) & (count - 1)]) }
      wider.append(contentsOf: repeatElement(nil, count: count))
      slots = wider
      head = 0
    }
    slots[(head + count) & (slots.count - 1)] = element
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = slots[head]
    slots[head] = nil
    head = (head + 1) & (slots.count - 1)
    count -= 1
    return element
  }
}
