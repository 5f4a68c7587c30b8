import { useEffect, useState } from 'react';
import { useFormats } from '../language/format.js';
import { useText } from '../language/language.js';
import { Button } from '../parts/button.js';

const stepMs = 700;

/** A slider over the moments of an order's life. @param at undefined: now */
export function Player({
  moments,
  at,
  onChange,
}: {
  moments: readonly string[];
  at: string | undefined;
  onChange: (at: string | undefined) => void;
}) {
  const say = useText();
  const { time, fullTime, number } = useFormats();
  const [isPlaying, setPlaying] = useState(false);
  const last = moments.length;
  const index = at === undefined ? last : Math.max(0, moments.indexOf(at));

  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => {
      const next = index + 1;
      onChange(moments[next]);
      if (next >= last) setPlaying(false);
    }, stepMs);
    return () => clearTimeout(timer);
  }, [isPlaying, index, last, moments, onChange]);

  const play = () => {
    if (!isPlaying && index >= last) onChange(moments[0]);
    setPlaying(!isPlaying);
  };
  return (
    <div className="player">
      <Button onPress={play}>{say(isPlaying ? 'player.pause' : 'player.play')}</Button>
      <input
        type="range"
        min={0}
        max={last}
        value={index}
        aria-label={say('player.label')}
        aria-valuetext={at === undefined ? say('player.now') : fullTime(at)}
        onChange={(event) => {
          setPlaying(false);
          onChange(moments[Number(event.target.value)]);
        }}
      />
      <span className="player-at">
        {at === undefined ? (
          say('player.now')
        ) : (
          <time dateTime={at} title={fullTime(at)}>
            {time(at)}
          </time>
        )}{' '}
        <span className="hint">
          {number(index)}/{number(last)}
        </span>
      </span>
    </div>
  );
}
