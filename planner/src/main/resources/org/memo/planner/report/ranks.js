// ---- the arrangement of ranks: a square each, boxes for the places of rings, rows for groups ----

const RANKS_DRAWN = 2048;

function showRanks({groups, places, placeRanks, nodeRanks, text}) {
  const all = groups * places * placeRanks;
  byId('ranks-card').hidden = false;
  byId('ranks-text').textContent = text;
  byId('ranks').setAttribute('aria-label', text);
  for (let group = 0, rank = 0; group < groups && rank < RANKS_DRAWN; group++) {
    const row = classed(element('div'), 'ranks');
    for (let place = 0; place < places && rank < RANKS_DRAWN; place++) {
      const box = classed(element('span'), 'place');
      for (let i = 0; i < placeRanks && rank < RANKS_DRAWN; i++, rank++) {
        const node = Math.floor(rank / nodeRanks);
        const square = classed(element('i'), node % 2 ? 'odd' : 'even');
        square.title =
          `Rank ${formatCount(rank)} on node ${formatCount(node)}` +
          (groups > 1 ? `, group ${formatCount(group)}` : '') +
          (places > 1 ? `, place ${formatCount(place)} of the ring` : '') +
          (placeRanks > 1 ? `, part ${formatCount(i)} of the heads` : '');
        box.append(square);
      }
      row.append(box);
    }
    byId('ranks').append(row);
  }
  byId('ranks-note').textContent = [
    'A square is a rank, one GPU.',
    all > nodeRanks ? 'The colour changes from node to node.' : '',
    placeRanks > 1 ? 'Ranks in a box share the heads of attention.' : '',
    places > 1 ? 'Keys and values go around the ring from box to box.' : '',
    groups > 1 ? 'Each row has sequences of its own.' : '',
    all > RANKS_DRAWN ? `The first ${formatCount(RANKS_DRAWN)} of ${formatCount(all)} are drawn.` : '',
  ].filter(Boolean).join(' ');
}
