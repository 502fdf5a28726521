/// Blocks of prompts that a replica's memory holds, for requests that begin with the same ones: vLLM's automatic prefix
/// caching.
///
/// A block's number stands for its tokens and all before it. Blocks that sequences at work hold stay; the others are idle
/// and go when room is wanted, the one that was used longest ago first, of one sequence the last block first. Those
/// that go may fall into tiers below (main memory, disk), each of which keeps what was used last and gives it back at
/// the pace of its link.
public struct PrefixCache: Sendable {
  /// A store of blocks below the accelerators' memory.
  public struct Tier: Hashable, Sendable {
    /// `"DRAM"`, `"disk"`.
    public var name: String
    /// Tokens that it holds.
    public var tokens: Double
    /// Seconds to bring a token's cache back.
    public var secondsPerToken: Double

    public init(name: String, tokens: Double, secondsPerToken: Double) {
      self.name = name
      self.tokens = max(0, tokens)
      self.secondsPerToken = max(0, secondsPerToken)
    }
  }

  /// Tokens of a block.
  public let blockTokens: Int
  public let tiers: [Tier]
  /// Tokens in idle blocks.
  public private(set) var idleTokens = 0.0
  /// Tokens that were brought back from each tier.
  public private(set) var fetched: [Double]

  private var users: [Int: Int32] = [:]
  private var idle = RecencyList()
  private var below: [RecencyList]
  /// Until when the link below is busy.
  private var linkFree = 0.0

  public init(blockTokens: Int, tiers: [Tier] = []) {
    self.blockTokens = max(1, blockTokens)
    self.tiers = tiers
    below = tiers.map { _ in RecencyList() }
    fetched = tiers.map { _ in 0 }
  }

  /// Leading blocks that are here: how many, and the idle ones among them.
  func hits(_ blocks: [Int], most: Int) -> (count: Int, idle: Int) {
    var count = 0
    var unused = 0
    for block in blocks.prefix(most) {
      guard let holders = users[block] else { break }
      count += 1
      if holders == 0 { unused += 1 }
    }
    return (count, unused)
  }

  /// Tokens of a request's beginning that are here.
  public func known(_ blocks: [Int]) -> Int { hits(blocks, most: blocks.count).count * blockTokens }

  /// A sequence holds the first blocks, all of which are here.
  mutating func hold(_ blocks: [Int], first count: Int) {
    for block in blocks.prefix(count) {
      let holders = users[block] ?? 0
      users[block] = holders + 1
      if holders == 0 {
        idle.remove(block)
        idleTokens -= Double(blockTokens)
      }
    }
  }

  /// A sequence has worked on a block. Gives whether another one holds it too, so that it takes no room of its own.
  mutating func insert(_ block: Int) -> Bool {
    guard let holders = users[block] else {
      users[block] = 1
      return false
    }
    users[block] = holders + 1
    guard holders == 0 else { return true }
    idle.remove(block)
    idleTokens -= Double(blockTokens)
    return false
  }

  /// A sequence lets its first blocks go. Gives how many of them nobody holds any more.
  mutating func release(_ blocks: [Int], first count: Int) -> Int {
    var freed = 0
    for block in blocks.prefix(count).reversed() {
      guard let holders = users[block], holders > 0 else { continue }
      users[block] = holders - 1
      guard holders == 1 else { continue }
      idle.append(block)
      idleTokens += Double(blockTokens)
      freed += 1
    }
    return freed
  }

  /// A block that no sequence holds any more, as that of an answer.
  mutating func leave(_ block: Int) {
    guard users[block] == nil else { return }
    users[block] = 0
    idle.append(block)
    idleTokens += Double(blockTokens)
  }

  /// Idle blocks go until so many tokens are left.
  mutating func trim(to room: Double) {
    while idleTokens > max(0, room), let block = idle.popOldest() {
      users[block] = nil
      idleTokens -= Double(blockTokens)
      drop(block, into: 0)
    }
  }

  private mutating func drop(_ block: Int, into tier: Int) {
    guard tier < below.count else { return }
    below[tier].append(block)
    while Double(below[tier].count * blockTokens) > tiers[tier].tokens, let oldest = below[tier].popOldest() {
      drop(oldest, into: tier + 1)
    }
  }

  /// Brings a request's leading blocks up from the tiers below, one request after the other.
  /// - Parameter time: when it comes, seconds.
  /// - Returns: when they are here; `time` where nothing is to be brought.
  public mutating func fetch(_ blocks: [Int], at time: Double) -> Double {
    guard !tiers.isEmpty else { return time }
    var seconds = 0.0
    for block in blocks {
      if users[block] != nil { continue }
      guard let tier = below.indices.first(where: { below[$0].contains(block) }) else { break }
      below[tier].remove(block)
      seconds += tiers[tier].secondsPerToken * Double(blockTokens)
      fetched[tier] += Double(blockTokens)
      leave(block)
    }
    guard seconds > 0 else { return time }
    linkFree = max(linkFree, time) + seconds
    return linkFree
  }
}

/// Numbers in the order in which they were last put in.
private struct RecencyList: Sendable {
  private var stamps: [Int: UInt64] = [:]
  private var order: [(number: Int, stamp: UInt64)] = []
  private var head = 0
  private var clock: UInt64 = 0

  var count: Int { stamps.count }

  func contains(_ number: Int) -> Bool { stamps[number] != nil }

  mutating func append(_ number: Int) {
    clock += 1
    stamps[number] = clock
    order.append((number, clock))
    guard order.count - head > 64, order.count > 4 * stamps.count else { return }
    // Most entries are of numbers that have gone or were put in again.
    order = order[head...].filter { stamps[$0.number] == $0.stamp }
    head = 0
  }

  mutating func remove(_ number: Int) { stamps[number] = nil }

  mutating func popOldest() -> Int? {
    while head < order.count {
      let (number, stamp) = order[head]
      head += 1
      guard stamps[number] == stamp else { continue }
      stamps[number] = nil
      return number
    }
    order.removeAll()
    head = 0
    return nil
  }
}
