import Quantities

extension SpillProblem {
  /// Where requests go, hour by hour, in the fluid picture.
  ///
  /// In each hour: home first, up to the pressure at which a host protects itself; then what is over is offered to the
  /// regions that host the model, the nearest first, in rounds: a host that is asked for more than it still takes serves each
  /// asker in proportion and refuses the rest, which go on to their next. What nobody takes waits at home up to what home
  /// serves at most, then elsewhere; the rest is refused.
  public func routed() -> SpillOutcome {
    var outcome = SpillOutcome(
      ways: [], asked: origins.map { _ in 0 }, home: origins.map { _ in 0 }, away: origins.map { _ in 0 },
      refused: origins.map { _ in 0 }, refusals: hosts.map { _ in 0 }, busiest: hosts.map { _ in 0 }, worstHour: nil)
    let limits = hosts.map(limit)
    let order = origins.indices.map(choices)
    var sums: [[(served: Double, peak: Double, time: Double)]] = origins.map { _ in hosts.map { _ in (0, 0, 0) } }
    var most = 0.0
    for hour in 0..<steps {
      var used = [Double](repeating: 0, count: hosts.count)
      var left = origins.map { $0.demand[hour] }
      var delay = origins.map { _ in 0.0 }
      var hourly = origins.map { _ in hosts.map { _ in 0.0 } }
      for isLast in [false, true] {
        // The first pass up to the pressure, the second up to all that is there.
        let bound = limits.map { isLast ? $0.most : $0.spill }
        let deepest = order.map(\.count).max() ?? 0
        for round in 0..<deepest {
          var asks = [Double](repeating: 0, count: hosts.count)
          for o in origins.indices
          where left[o] > 1e-12 && round < order[o].count && mayAsk(o, order[o][round], delay[o]) {
            asks[order[o][round]] += left[o]
          }
          let rooms = hosts.indices.map { max(0, bound[$0] - used[$0]) }
          for o in origins.indices where left[o] > 1e-12 && round < order[o].count {
            let h = order[o][round]
            guard mayAsk(o, h, delay[o]), asks[h] > 0 else { continue }
            let taken = left[o] * min(1, rooms[h] / asks[h])
            let trip = origins[o].latency[hosts[h].region] ?? 0
            sums[o][h].served += taken
            hourly[o][h] += taken
            sums[o][h].time += taken * (trip + delay[o])
            used[h] += taken
            left[o] -= taken
            if left[o] > 1e-12 {
              // It answered 429: the round trip is spent.
              if !isLast, hosts[h].region != origins[o].home { outcome.refusals[h] += left[o] }
              if !isLast, hosts[h].region != origins[o].home { delay[o] += trip }
            }
          }
        }
      }
      for h in hosts.indices where limits[h].most > 0 {
        outcome.busiest[h] = max(outcome.busiest[h], used[h] / limits[h].most)
      }
      var refused = 0.0
      for o in origins.indices {
        for h in hosts.indices { sums[o][h].peak = max(sums[o][h].peak, hourly[o][h]) }
        outcome.asked[o] += origins[o].demand[hour]
        if left[o] > 1e-12 {
          outcome.refused[o] += left[o]
          refused += left[o]
        }
      }
      if refused > most {
        most = refused
        outcome.worstHour = hour
      }
    }
    for o in origins.indices {
      for h in hosts.indices where sums[o][h].served > 0 {
        let isHome = hosts[h].region == origins[o].home
        if isHome { outcome.home[o] += sums[o][h].served } else { outcome.away[o] += sums[o][h].served }
        outcome.ways.append(
          .init(
            origin: o, region: hosts[h].region, served: sums[o][h].served, peak: sums[o][h].peak,
            latency: sums[o][h].time / sums[o][h].served))
      }
    }
    return outcome
  }

  /// The hosts of an origin's model that may serve it, home first, then by their distance.
  private func choices(_ o: Int) -> [Int] {
    let origin = origins[o]
    return hosts.indices.filter { h in
      hosts[h].model == origin.model && !lost.contains(hosts[h].region)
        && origin.allowed?.contains(hosts[h].region) ?? true && origin.latency[hosts[h].region] != nil
    }.sorted { a, b in
      let (x, y) = (hosts[a].region, hosts[b].region)
      if (x == origin.home) != (y == origin.home) { return x == origin.home }
      let (s, t) = (origin.latency[x] ?? .infinity, origin.latency[y] ?? .infinity)
      return s == t ? a < b : s < t
    }
  }

  private func mayAsk(_ o: Int, _ h: Int, _ delay: Double) -> Bool {
    delay + (origins[o].latency[hosts[h].region] ?? .infinity) <= latencyLimit
  }
}
