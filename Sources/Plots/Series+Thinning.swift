extension Series {
    /// The points, or where there are more than can be seen, of each stretch the lowest and the highest: peaks stay.
    func thinned(to limit: Int) -> [Point] {
        guard self.points.count > limit, limit >= 4 else { return self.points }
        let size = (self.points.count * 2 + limit - 1) / limit
        var result: [Point] = []
        for start in stride(from: 0, to: self.points.count, by: size) {
            let stretch = self.points[start..<min(start + size, self.points.count)]
            let known = stretch.indices.filter { stretch[$0].y.isFinite }
            guard let low = known.min(by: { stretch[$0].y < stretch[$1].y }),
                let high = known.max(by: { stretch[$0].y < stretch[$1].y })
            else {
                result.append(stretch[start])
                continue
            }
            result.append(stretch[min(low, high)])
            if low != high { result.append(stretch[max(low, high)]) }
        }
        return result
    }
}
