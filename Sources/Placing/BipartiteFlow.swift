/// The most that origins can send to the regions that may serve them: shortest augmenting paths in a two-sided network.
///
/// Where demand is left over, the origins that can still be reached from it and the regions that may serve them are a
/// minimum cut (Ford and Fulkerson): those regions together are too small for those origins, whatever is done elsewhere.
struct BipartiteFlow {
  let origins: Int
  let regions: Int
  private var flow: [Double]
  private var left: [Double]
  private var room: [Double]
  private var fromOrigin: [Int]
  private var fromRegion: [Int]
  private var queue: [Int]

  init(origins: Int, regions: Int) {
    self.origins = origins
    self.regions = regions
    flow = [Double](repeating: 0, count: origins * regions)
    left = [Double](repeating: 0, count: origins)
    room = [Double](repeating: 0, count: regions)
    fromOrigin = [Int](repeating: 0, count: origins)
    fromRegion = [Int](repeating: 0, count: regions)
    queue = [Int](repeating: 0, count: origins + regions)
  }

  /// What one origin sends to one region after ``run(demand:capacity:preferred:admits:)``.
  func sent(_ origin: Int, to region: Int) -> Double { flow[origin * regions + region] }

  /// - Parameters:
  ///   - preferred: for each origin the region that is filled first, or -1.
  ///   - tolerance: what counts as nothing.
  /// - Returns: demand without a place, and, where there is some, the origins on its side of the minimum cut.
  mutating func run(
    demand: [Double], capacity: [Double], preferred: [Int] = [], admits: [RegionSet], tolerance: Double
  ) -> (unserved: Double, cut: [Int]) {
    for i in flow.indices { flow[i] = 0 }
    left = demand
    room = capacity
    for (o, r) in preferred.enumerated() where r >= 0 && admits[o].contains(r) { send(o, r) }
    for o in 0..<origins where left[o] > tolerance {
      for r in 0..<regions where room[r] > tolerance && admits[o].contains(r) {
        send(o, r)
        if left[o] <= tolerance { break }
      }
    }
    while augment(admits, tolerance) {}
    var unserved = 0.0
    for o in 0..<origins where left[o] > tolerance { unserved += left[o] }
    return (unserved, unserved > 0 ? (0..<origins).filter { fromOrigin[$0] != -2 } : [])
  }

  private mutating func send(_ o: Int, _ r: Int) {
    let amount = min(left[o], max(0, room[r]))
    flow[o * regions + r] += amount
    left[o] -= amount
    room[r] -= amount
  }

  /// One path from an origin with demand left to a region with room; false where there is none, with the origins that can
  /// be reached marked (-1 for those with demand left, -2 for the others).
  private mutating func augment(_ admits: [RegionSet], _ tolerance: Double) -> Bool {
    for o in 0..<origins { fromOrigin[o] = -2 }
    for r in 0..<regions { fromRegion[r] = -2 }
    var head = 0
    var tail = 0
    for o in 0..<origins where left[o] > tolerance {
      fromOrigin[o] = -1
      queue[tail] = o
      tail += 1
    }
    while head < tail {
      let node = queue[head]
      head += 1
      if node < origins {
        for r in 0..<regions where fromRegion[r] == -2 && admits[node].contains(r) {
          fromRegion[r] = node
          if room[r] > tolerance {
            push(to: r)
            return true
          }
          queue[tail] = origins + r
          tail += 1
        }
      } else {
        let r = node - origins
        for o in 0..<origins where fromOrigin[o] == -2 && flow[o * regions + r] > tolerance {
          fromOrigin[o] = r
          queue[tail] = o
          tail += 1
        }
      }
    }
    return false
  }

  private mutating func push(to end: Int) {
    var amount = room[end]
    var r = end
    while true {
      let o = fromRegion[r]
      let before = fromOrigin[o]
      if before == -1 {
        amount = min(amount, left[o])
        break
      }
      amount = min(amount, flow[o * regions + before])
      r = before
    }
    room[end] -= amount
    r = end
    while true {
      let o = fromRegion[r]
      flow[o * regions + r] += amount
      let before = fromOrigin[o]
      if before == -1 {
        left[o] -= amount
        break
      }
      flow[o * regions + before] -= amount
      r = before
    }
  }
}
