import Testing

@testable import Simulating

@Suite struct EventOrderTests {
  @Test("events of one time come by priority and then in the order in which they were made")
  func order() {
    var heap = EventHeap()
    func event(_ time: Double, _ kind: Event.Kind, _ number: UInt64) -> Event {
      Event(time: time, order: UInt64(kind.rawValue) << 56 | number, kind: kind, subject: Int32(number), generation: 0)
    }
    for (time, kind, number) in [
      (2, Event.Kind.user, 1), (1, .retry, 2), (1, .served, 3), (1, .served, 4), (1, .timeout, 5), (0.5, .user, 6),
    ] as [(Double, Event.Kind, UInt64)] { heap.push(event(time, kind, number)) }
    var order: [Int32] = []
    while let first = heap.first {
      order.append(first.subject)
      heap.removeFirst()
    }
    #expect(order == [6, 3, 4, 5, 2, 1])
  }

  @Test("a ring keeps its order while it grows and wraps")
  func ring() {
    var ring = Ring<Int>()
    var out: [Int] = []
    for i in 0..<1000 {
      ring.append(i)
      if i % 3 != 0, let first = ring.popFirst() { out.append(first) }
    }
    while let first = ring.popFirst() { out.append(first) }
    #expect(out == Array(0..<1000) && ring.first == nil)
  }
}
