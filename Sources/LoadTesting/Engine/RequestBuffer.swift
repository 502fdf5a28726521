import Quantities

/// The requests of a set in one piece of memory, and which of them is next.
struct RequestBuffer: ~Copyable {
  let bytes: UnsafeMutablePointer<UInt8>
  /// Where each begins; one more than there are requests.
  let offsets: UnsafeMutablePointer<Int>
  let heads: UnsafeMutablePointer<Bool>
  let classes: UnsafeMutablePointer<UInt16>
  let names: [String]
  let count: Int
  /// Requests whose holes are filled when they are sent; nil where there are none.
  let prepared: PreparedRequests?
  private let classCount: Int
  /// Of each class: its first request, how many it has, which of them comes next, and the weights up to it.
  private let firsts: UnsafeMutablePointer<Int32>
  private let sizes: UnsafeMutablePointer<Int32>
  private let cursors: UnsafeMutablePointer<Int32>
  private let cumulated: UnsafeMutablePointer<Double>
  private let isListed: Bool
  private var random: RandomStream
  private var place: Int32 = 0

  init(_ set: RequestSet) {
    classCount = set.classes.count
    let all = set.classes.flatMap(\.requests)
    precondition(!all.isEmpty, "a test has a request")
    count = all.count
    names = set.classes.map(\.name)
    prepared = all.contains { $0.prepared != nil } ? PreparedRequests(all.map(\.prepared)) : nil
    bytes = .allocate(capacity: max(1, all.reduce(0) { $0 + $1.bytes.count }))
    offsets = .allocate(capacity: count + 1)
    heads = .allocate(capacity: count)
    classes = .allocate(capacity: count)
    var offset = 0
    for (i, request) in all.enumerated() {
      (offsets + i).initialize(to: offset)
      (heads + i).initialize(to: request.isHead)
      for (k, byte) in request.bytes.enumerated() { (bytes + offset + k).initialize(to: byte) }
      offset += request.bytes.count
    }
    (offsets + count).initialize(to: offset)
    firsts = .allocate(capacity: classCount)
    sizes = .allocate(capacity: classCount)
    cursors = .allocate(capacity: classCount)
    cumulated = .allocate(capacity: classCount)
    let total = set.classes.reduce(0) { $0 + $1.weight }
    var first = 0
    var weight = 0.0
    for (i, item) in set.classes.enumerated() {
      weight += item.weight
      (firsts + i).initialize(to: Int32(first))
      (sizes + i).initialize(to: Int32(item.requests.count))
      (cursors + i).initialize(to: 0)
      (cumulated + i).initialize(to: weight / total)
      for k in 0..<item.requests.count { (classes + first + k).initialize(to: UInt16(truncatingIfNeeded: i)) }
      first += item.requests.count
    }
    switch set.order {
    case .listed(let classOf):
      isListed = true
      for (i, name) in classOf.enumerated() where i < count { classes[i] = name }
      random = RandomStream(seed: 0)
    case .mixed(let seed):
      isListed = false
      random = RandomStream(seed: seed, item: 1)
    }
  }

  deinit {
    bytes.deallocate()
    offsets.deallocate()
    heads.deallocate()
    classes.deallocate()
    firsts.deallocate()
    sizes.deallocate()
    cursors.deallocate()
    cumulated.deallocate()
  }

  /// The request to send next.
  @inline(__always) mutating func next() -> Int32 {
    if count == 1 { return 0 }
    if isListed {
      let here = place
      place = place &+ 1 == Int32(truncatingIfNeeded: count) ? 0 : place &+ 1
      return here
    }
    var chosen = 0
    if classCount > 1 {
      let dice = random.uniform()
      while chosen < classCount &- 1, dice >= cumulated[chosen] { chosen &+= 1 }
    }
    let here = firsts[chosen] &+ cursors[chosen]
    cursors[chosen] = cursors[chosen] &+ 1 == sizes[chosen] ? 0 : cursors[chosen] &+ 1
    return here
  }
}
