/// Times with a number each, the earliest first: a binary heap.
struct WakeHeap {
  struct Wake {
    var time: Int64
    var index: Int
    var generation: UInt32
  }
  private var wakes: [Wake] = []

  var first: Int64? { wakes.first?.time }

  mutating func add(_ wake: Wake) {
    wakes.append(wake)
    var child = wakes.count - 1
    while child > 0, wakes[child].time < wakes[(child - 1) / 2].time {
      wakes.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// The earliest, where its time has come.
  mutating func popDue(_ now: Int64) -> Wake? {
    guard let first = wakes.first, first.time <= now else { return nil }
    let last = wakes.removeLast()
    guard !wakes.isEmpty else { return first }
    wakes[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < wakes.count && wakes[child].time < wakes[least].time {
        least = child
      }
      if least == parent { return first }
      wakes.swapAt(parent, least)
      parent = least
    }
  }
}
