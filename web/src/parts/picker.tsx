import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import { Icon } from './icons.js';

export interface PickerProps<Value extends string> {
  label: string;
  /** The label is read aloud but not shown. */
  isLabelHidden?: boolean;
  value: Value;
  options: readonly { value: Value; text: string }[];
  onChange: (value: Value) => void;
}

/** Chooses one of a few values. */
export function Picker<Value extends string>({ label, isLabelHidden, value, options, onChange }: PickerProps<Value>) {
  return (
    <Select
      className="picker"
      value={value}
      onChange={(key) => onChange(key as Value)}
      {...(isLabelHidden ? { 'aria-label': label } : {})}
    >
      {!isLabelHidden && <Label>{label}</Label>}
      <Button className="button button-plain picker-button">
        <SelectValue<object>>{({ selectedText }) => selectedText}</SelectValue>
        <Icon name="down" />
      </Button>
      <Popover className="popover">
        <ListBox className="options">
          {options.map(({ value: id, text }) => (
            <ListBoxItem key={id} id={id} textValue={text} className="option">
              {text}
              <Icon name="check" />
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
