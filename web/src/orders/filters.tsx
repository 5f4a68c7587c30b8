import { useState, type FormEvent } from 'react';
import { Input, TextField, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { orderFailures } from '../../../contracts/failures.js';
import { orderStatuses } from '../../../contracts/statuses.js';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Icon, StatusIcon } from '../parts/icons.js';
import { Picker } from '../parts/picker.js';
import type { Session } from '../session/key.js';
import type { Counts } from './counts.js';
import {
  fieldFor,
  filterNames,
  isEmpty,
  isName,
  searchFields,
  spans,
  type Filter,
  type SearchField,
  type Span,
} from './filter.js';

interface Props {
  filter: Filter;
  counts: Counts | undefined;
  session: Session;
  onChange: (changes: Record<string, string | readonly string[] | undefined>) => void;
}

/** All that narrows the list. It stands in the address, so that a link shows the same list to somebody else. */
export function Filters(props: Props) {
  const { filter, onChange } = props;
  const say = useText();
  const textOf = useTextOf();
  return (
    <div className="filters">
      <div className="filters-line">
        <Search {...props} />
        <Picker<Span | 'any'>
          label={say('orders.filter.time')}
          isLabelHidden
          value={filter.within ?? 'any'}
          options={[
            { value: 'any', text: say('orders.within.any') },
            ...(Object.keys(spans) as Span[]).map((value) => ({ value, text: say(`orders.within.${value}`) })),
          ]}
          onChange={(within) => onChange({ within: within === 'any' ? undefined : within })}
        />
        <Picker<string>
          label={say('orders.filter.failure')}
          isLabelHidden
          value={filter.failureCode ?? 'any'}
          options={[
            { value: 'any', text: say('orders.failure.any') },
            ...Object.keys(orderFailures).map((value) => ({ value, text: textOf('failure', value) })),
          ]}
          onChange={(code) => onChange({ failureCode: code === 'any' ? undefined : code })}
        />
      </div>
      <StatusTabs {...props} />
      <Chips filter={filter} onChange={onChange} />
    </div>
  );
}

function Search({ filter, session, onChange }: Props) {
  const say = useText();
  const fields = searchFields.filter((field) => field !== 'shopId' || session.shopId === '*');
  const [field, setField] = useState<SearchField>(fields.find((each) => filter[each] !== undefined) ?? 'reference');
  const [text, setText] = useState('');
  const [isOdd, setOdd] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '') return;
    if (!isName(wanted)) return setOdd(true);
    onChange({ [fieldFor(wanted, field)]: wanted });
    setText('');
  };
  return (
    <form className="search" role="search" onSubmit={submit}>
      <Picker<SearchField>
        label={say('orders.search.field')}
        isLabelHidden
        value={field}
        options={fields.map((value) => ({ value, text: say(`orders.field.${value}`) }))}
        onChange={setField}
      />
      <TextField
        className="search-text"
        aria-label={say('orders.search')}
        value={text}
        isInvalid={isOdd}
        onChange={(next) => {
          setText(next);
          setOdd(false);
        }}
      >
        <Icon name="search" />
        <Input className="input" placeholder={say('orders.search')} spellCheck="false" />
      </TextField>
      {isOdd && (
        <span className="field-error" role="alert">
          {say('orders.search.odd')}
        </span>
      )}
    </form>
  );
}

function StatusTabs({ filter, counts, onChange }: Props) {
  const say = useText();
  const { number } = useFormats();
  const countOf = (value: number | undefined) =>
    value === undefined ? null : (
      <span className="tab-count">
        {number(value, { notation: value >= 100_000 ? 'compact' : 'standard' })}
        {counts?.exact === false && '+'}
      </span>
    );
  const all = counts && Object.values(counts.byStatus).reduce((sum, each) => sum + each, 0);
  const chosen = filter.trouble === 'overdue' ? ['overdue'] : filter.status.length > 0 ? filter.status : ['all'];
  return (
    <ToggleButtonGroup
      className="tabs"
      aria-label={say('orders.filter.status')}
      selectionMode="multiple"
      selectedKeys={chosen}
      onSelectionChange={(keys) => {
        // "All" and "overdue" stand alone; the statuses can be combined.
        const added = [...keys].find((key) => !(chosen as readonly unknown[]).includes(key));
        if (added === 'all' || keys.size === 0) {
          return onChange({ status: undefined, trouble: undefined, group: undefined });
        }
        if (added === 'overdue') return onChange({ status: undefined, trouble: 'overdue' });
        onChange({
          status: [...keys].filter((key) => key !== 'all' && key !== 'overdue') as string[],
          trouble: undefined,
        });
      }}
    >
      <ToggleButton id="all" className="tab">
        {say('orders.filter.all')} {countOf(all)}
      </ToggleButton>
      <ToggleButton id="needs_attention" className="tab kind-trouble">
        <StatusIcon status="needs_attention" /> {say('status.needs_attention')}{' '}
        {countOf(counts?.byStatus.needs_attention)}
      </ToggleButton>
      <ToggleButton id="overdue" className="tab kind-trouble">
        <Icon name="clock" /> {say('orders.overdue')} {countOf(counts?.overdue)}
      </ToggleButton>
      {orderStatuses
        .filter((status) => status !== 'needs_attention')
        .map((status) => (
          <ToggleButton key={status} id={status} className="tab">
            <StatusIcon status={status} /> {say(`status.${status}`)} {countOf(counts?.byStatus[status])}
          </ToggleButton>
        ))}
    </ToggleButtonGroup>
  );
}

/** What was searched for, each with a button that takes it away. */
function Chips({ filter, onChange }: Pick<Props, 'filter' | 'onChange'>) {
  const say = useText();
  const textOf = useTextOf();
  const chips = [
    ...searchFields.flatMap((name) => (filter[name] === undefined ? [] : [{ name, text: filter[name] }])),
    ...(filter.step === undefined ? [] : [{ name: 'step' as const, text: textOf('step', filter.step) }]),
    ...(filter.failureCode === undefined
      ? []
      : [{ name: 'failureCode' as const, text: textOf('failure', filter.failureCode) }]),
    ...(filter.group === undefined ? [] : [{ name: 'group' as const, text: say('orders.group') }]),
  ];
  if (chips.length === 0) return null;
  return (
    <ul className="chips">
      {chips.map(({ name, text }) => (
        <li key={name} className="chip">
          {say(`orders.field.${name}`)}: <bdi>{text}</bdi>
          <Button
            kind="quiet"
            aria-label={say('orders.filter.remove', { filter: text })}
            onPress={() => onChange({ [name]: undefined })}
          >
            <Icon name="close" />
          </Button>
        </li>
      ))}
      {!isEmpty(filter) && (
        <li>
          <Button
            kind="quiet"
            onPress={() => onChange(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
          >
            {say('orders.none.clear')}
          </Button>
        </li>
      )}
    </ul>
  );
}
