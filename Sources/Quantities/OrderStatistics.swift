/// The few order statistics that quantiles ask for, without sorting the rest (Hoare, 1961, Algorithm 65: Find).
public enum OrderStatistics {
  /// Bins into which numbers are counted.
  private static let bins = 512

  /// What stands at places of the sorted order: one pass counts the numbers into bins of equal width, another gathers those
  /// of the few bins that are asked for. A thousand numbers take a third of what moving them takes.
  ///
  /// - Parameters:
  ///   - values: without NaN.
  ///   - places: ascending.
  public static func values(at places: [Int], of values: UnsafeBufferPointer<Double>) -> [Double] {
    var (low, high) = (Double.infinity, -Double.infinity)
    for v in values {
      low = v < low ? v : low
      high = v > high ? v : high
    }
    let scale = Double(bins - 1) / (high - low)
    guard values.count > 256, high > low, scale.isFinite, scale > 0 else {
      var all = Array(values)
      all.withUnsafeMutableBufferPointer { place($0, places[...]) }
      return places.map { all[$0] }
    }
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: values.count + 2 * bins) { scratch in
      scratch.initialize(repeating: 0)
      let bin = UnsafeMutableBufferPointer(rebasing: scratch[..<values.count])
      let counts = UnsafeMutableBufferPointer(rebasing: scratch[values.count..<values.count + bins])
      // By bin: where its numbers are gathered, from 1; 0 where nobody asks for them.
      let wanted = UnsafeMutableBufferPointer(rebasing: scratch[(values.count + bins)...])
      for i in values.indices {
        let b = Int32(truncatingIfNeeded: Int((values[i] - low) * scale))
        bin[i] = b
        counts[Int(b)] += 1
      }
      var gathered: [(first: Int, count: Int, start: Int)] = []
      var (b, below, room) = (0, 0, 0)
      let homes = places.map { place in
        while below + Int(counts[b]) <= place {
          below += Int(counts[b])
          b += 1
        }
        if wanted[b] == 0 {
          gathered.append((below, Int(counts[b]), room))
          room += Int(counts[b])
          wanted[b] = Int32(gathered.count)
        }
        return Int(wanted[b]) - 1
      }
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, room)) { buffer in
        buffer.initialize(repeating: 0)
        var next = gathered.map(\.start)
        for i in values.indices {
          let home = Int(wanted[Int(bin[i])])
          if home > 0 {
            buffer[next[home - 1]] = values[i]
            next[home - 1] += 1
          }
        }
        for (home, one) in gathered.enumerated() {
          let own = zip(places, homes).filter { $0.1 == home }.map { $0.0 - one.first }
          place(UnsafeMutableBufferPointer(rebasing: buffer[one.start..<one.start + one.count]), own[...])
        }
        return zip(places, homes).map { place, home in
          buffer[gathered[home].start + place - gathered[home].first]
        }
      }
    }
  }

  /// Moves values until each of the places holds what it would in sorted order.
  ///
  /// - Parameters:
  ///   - values: without NaN.
  ///   - places: ascending.
  public static func place(_ values: UnsafeMutableBufferPointer<Double>, _ places: ArraySlice<Int>) {
    var (values, places, offset) = (values, places, 0)
    while let least = places.first, let most = places.last, values.count > 1 {
      guard values.count > 16 else {
        sort(values)
        return
      }
      // The middle of three parts; what equals it goes to both sides, so that many equal values part evenly.
      let pivot = middle(values[0], values[values.count / 2], values[values.count - 1])
      var (i, j) = (0, values.count - 1)
      while i <= j {
        while values[i] < pivot { i += 1 }
        while values[j] > pivot { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      // Up to j nothing is larger, from i on nothing smaller than the pivot; between them it stands.
      let (lower, upper) = (offset + j, offset + i)
      let isLow = least <= lower
      let isHigh = most >= upper
      let low = UnsafeMutableBufferPointer(rebasing: values[..<(j + 1)])
      let high = UnsafeMutableBufferPointer(rebasing: values[i...])
      if isLow, isHigh {
        place(low, shifted(places.prefix { $0 <= lower }, by: offset))
        (places, values, offset) = (places.drop { $0 < upper }, high, upper)
      } else if isLow {
        (places, values) = (places.prefix { $0 <= lower }, low)
      } else if isHigh {
        (places, values, offset) = (places.drop { $0 < upper }, high, upper)
      } else {
        return
      }
    }
  }

  /// What stands at a place of the sorted order and at the one after it (at the last place: twice that), of a few numbers: each is
  /// compared with all of them, so that no branch depends on a value. Thirty take a third of what moving them takes.
  ///
  /// - Parameter values: without NaN; one at least.
  public static func pair(at place: Int, of values: UnsafeBufferPointer<Double>) -> (Double, Double) {
    precondition(values.indices.contains(place), "a place lies among the numbers")
    let next = min(place + 1, values.count - 1)
    guard values.count <= mostCompared else {
      var all = Array(values)
      all.withUnsafeMutableBufferPointer { OrderStatistics.place($0, place == next ? [place] : [place, next]) }
      return (all[place], all[next])
    }
    let width = (values.count + 3) / 4 * 4
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { padded in
      // What fills the last vector up lies above all.
      padded.initialize(repeating: .infinity)
      _ = padded.update(fromContentsOf: values)
      let vectors = UnsafeRawBufferPointer(padded)
      // At a place stands the largest number that no more others lie below.
      var (found, above) = (-Double.infinity, -Double.infinity)
      for value in values {
        let own = SIMD4<Double>(repeating: value)
        var below = SIMD4<Int64>(repeating: 0)
        var j = 0
        while j < 8 * width {
          let others = vectors.loadUnaligned(fromByteOffset: j, as: SIMD4<Double>.self)
          // A lane of a mask is -1 where it is true.
          below &-= unsafeBitCast(others .< own, to: SIMD4<Int64>.self)
          j &+= 32
        }
        let rank = Int(below.wrappedSum())
        found = rank <= place && value > found ? value : found
        above = rank <= next && value > above ? value : above
      }
      return (found, above)
    }
  }
  /// Numbers beyond which moving them is faster than comparing all with all.
  private static let mostCompared = 64

  private static func shifted(_ places: ArraySlice<Int>, by offset: Int) -> ArraySlice<Int> {
    offset == 0 ? places : places.map { $0 - offset }[...]
  }

  private static func middle(_ a: Double, _ b: Double, _ c: Double) -> Double {
    max(min(a, b), min(max(a, b), c))
  }

  private static func sort(_ values: UnsafeMutableBufferPointer<Double>) {
    for i in 1..<max(1, values.count) {
      let v = values[i]
      var j = i
      while j > 0, values[j - 1] > v {
        values[j] = values[j - 1]
        j -= 1
      }
      values[j] = v
    }
  }
}
